"""The part that each build would load and compute first, done when this is imported: once for all forks."""

import openapi_python_client.parser  # noqa: F401 - the generator loads it late
from tests.trees import ROOT

from clients.allow.check import check_generated
from clients.stamp import stamp_of
from spec.normalised import normalise

check_generated(ROOT / "generated" / "expunge_clients" / "baseten", normalise("baseten", ROOT))
stamp_of(ROOT, ROOT / "generated")

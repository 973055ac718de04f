"""Change what is unsafe in the generator's output: every codemod, in order."""

from pathlib import Path

from expunge._yaml import JSON

from .choose_bodies import choose_bodies
from .guard_paths import GUARD, guard_paths
from .hide_credentials import hide_credentials
from .mend_syntax import mend_syntax
from .open_statuses import STATUS, open_statuses
from .part_clients import part_clients
from .state_types import state_types

# Modules that hardened clients import, beside the providers' packages.
SHARED_MODULES = {"_path.py": GUARD, "_status.py": STATUS}


def harden(package: Path, document: dict[str, JSON]) -> None:
    """Harden *package*, which the generator has made of *document*.

    Raises:
        CodemodError: The number of sites of a kind is not what the document and the fixed shape of a client say.
    """
    mend_syntax(package)
    guard_paths(package, document)
    open_statuses(package, document)
    choose_bodies(package, document)
    hide_credentials(package)
    part_clients(package)
    state_types(package)

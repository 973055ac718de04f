"""Build the clients of the specs and overlays below a folder, the argument, into `generated` there."""

import sys
from pathlib import Path

from clients.build import BuildError, build

root = Path(sys.argv[1])
try:
    build(root / "generated", root)
except BuildError as error:
    sys.exit(str(error))

"""Generate the typed clients: specs and overlays in, `generated/` out.

    python scripts/generate.py            writes generated/
    python scripts/generate.py --check    writes nothing; names what differs and exits with 1

Offline, and the same bytes on every machine. The new tree is built beside the old one and then takes its place,
so that a crash leaves the old one. Where the stamp proves that nothing has changed, nothing is built. What a killed run
left half done is settled first.
"""

import argparse
import hashlib
import json
import signal
import sys
from pathlib import Path

from stamp import NAME, files_below, read_stamp, stamp_of
from swap import swap
from work_folder import ASIDE, WorkFolderError, settle, work_folder

ROOT = Path(__file__).resolve().parent.parent
_HINT = "generated/ is not what its inputs make: run `make generate`"
_PROVENANCE = "specs/provenance.json"
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the program and give its exit code."""
    parser = argparse.ArgumentParser(description="Generate the typed clients from specs/ and overlays/.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail, naming what differs")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a job that is stopped cleans up as after Ctrl-C
    try:
        return _generate(check=options.check)
    except (OSError, WorkFolderError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except MemoryError:
        print("error: not enough memory", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return _INTERRUPTED


def _generate(*, check: bool) -> int:
    """Write generated/, or compare with it, and give the exit code."""
    settle(ROOT)
    old = ROOT / "generated"
    if not check and stamp_of(ROOT, old) == read_stamp(old):
        print("nothing has changed: specs, overlays, scripts and generated/ have the hashes of their stamp")
        return 0

    from build_clients import BuildError, build  # noqa: PLC0415 - it costs a second, which the stamp saves

    with work_folder(ROOT, "generate", to_swap=not check) as beside:
        new = beside / "generated"
        moved = _inputs_moved(old) if check else []
        try:
            build(new, ROOT)
        except BuildError as error:
            print(*moved, f"error: {error}", sep="\n", file=sys.stderr)
            return 1
        differences = compare(old, new)
        if check:
            wrong = [*moved, *differences, *([_HINT] if differences else [])]
            if wrong:
                print(*wrong, sep="\n", file=sys.stderr)
            return 1 if wrong else 0
        if differences:
            swap([(old, new)], beside / ASIDE)
    print(f"{len([line for line in differences if NAME not in line])} files changed in generated/")
    return 0


def compare(old: Path, new: Path) -> list[str]:
    """Say, a line a file, how *old* differs from *new*."""
    before, after = set(files_below(old)), set(files_below(new))
    lines: list[str] = []
    for name in sorted(before | after):
        if name not in before:
            lines.append(f"missing: generated/{name}")
        elif name not in after:
            lines.append(f"not generated: generated/{name}")
        elif (old / name).read_bytes() != (new / name).read_bytes():
            lines.append(f"differs: generated/{name}")
    return lines


def _inputs_moved(old: Path) -> list[str]:
    """Name what is not as it was when *old* was made, and each spec that is not the one of its provenance."""
    stamp = read_stamp(old)
    return [*(stamp_of(ROOT, old).changes_since(stamp) if stamp else []), *_without_provenance()]


def _without_provenance() -> list[str]:
    """Name each spec whose SHA-256 is not what its provenance says."""
    try:
        entries = json.loads((ROOT / _PROVENANCE).read_text(encoding="utf-8"))
        taken = {name: entry["sha256"] for name, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [f"unreadable: {_PROVENANCE} ({type(error).__name__})"]
    found = {f"specs/{path.name}": path.read_bytes() for path in sorted((ROOT / "specs").glob("*.yaml"))}
    return [
        f"differs: {name} has not the SHA-256 that {_PROVENANCE} says; take a new one in with `make update`"
        for name, content in found.items()
        if taken.get(name) != hashlib.sha256(content).hexdigest()
    ]


if __name__ == "__main__":
    sys.exit(main())

"""Fuzz one reader with atheris, which follows the coverage: `make fuzz`.

Arguments: the reader, the seconds, and the folder for what is found. The corpus in the tree is read and never changed;
a text that ends with an exception is written to the folder as `crash-…`, to be fixed and then added to the corpus.
"""

import sys
from pathlib import Path

import atheris

# Only our own readers and what parses for them: to instrument everything takes longer than the run.
with atheris.instrument_imports(include=["expunge", "overlay", "spec", "jsonpath_rfc9535", "markdown_it"]):
    from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
LONGEST = 20_000


def main(name: str, seconds: str, found: str) -> None:
    """Fuzz the reader *name* for some *seconds*; atheris ends the process, with 0 if nothing crashed."""
    folder = Path(found) / name
    folder.mkdir(parents=True, exist_ok=True)
    flags = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=30", "-rss_limit_mb=2000", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={folder}/", str(folder), str(CORPUS / name)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])

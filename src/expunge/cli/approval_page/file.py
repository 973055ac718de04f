"""The output file of the page: a file that is not such a page is never overwritten."""

from pathlib import Path

from ..._system.atomic_write import write_atomically
from ...journal.reading import Reading
from ...plans.plan import Plan
from ..exit_codes import fail


def write_page(subject: Plan | Reading, source: Path, output: Path) -> None:
    """Write the page about a plan or a journal, which is in *source*, to *output*, completely or not at all.

    Raises:
        SystemExit: It was not written; stderr has a line with the reason.
    """
    try:
        from .render import MARK, pieces_of  # noqa: PLC0415 - only the page needs jinja2, and it may not be there
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"jinja2", "markupsafe"}:
            raise
        raise fail(f"--html needs {error.name}. Install it with: pip install 'expunge[cli]'") from None
    try:
        if problem := _problem(source, output, MARK):
            raise fail(f"{output} {problem}")
        write_atomically(output, pieces_of(subject), mode=0o666)
    except OSError as error:
        raise fail(f"{output} cannot be written: {error.strerror}; no page was made.", 1) from None


def _problem(source: Path, output: Path, mark: str) -> str:
    """Return the reason why *output* must not be written; empty if it may be."""
    if output.is_dir() or not output.absolute().parent.is_dir():
        return "cannot be written: it is a folder, or its folder does not exist."
    if output.exists() and output.samefile(source):
        return "is the file that it is about; name another file for the page."
    if output.is_file() and output.stat().st_size:
        with output.open("rb") as file:
            beginning = file.read(1_000)
        if mark.encode() not in beginning:
            return "exists and is not a page of expunge report; it was not overwritten. Name another file."
    return ""

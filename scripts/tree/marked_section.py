"""A part of a page that a program writes: it stands between two comments that name the program."""

from pathlib import Path


def replace_marked(page: Path, program: str, text: str) -> None:
    """Put *text* between the comments of *program* on *page*.

    Raises:
        ValueError: The page does not have both comments, each once and in this order.
    """
    begin, end = f"<!-- {program} -->\n", f"<!-- end of {program} -->\n"
    content = page.read_text(encoding="utf-8")
    before, _, rest = content.partition(begin)
    after = rest.partition(end)[2]
    if content.count(begin) != 1 or content.count(end) != 1 or end not in rest:
        raise ValueError(f"{page.name} does not have {begin.strip()} and then {end.strip()}; nothing was written.")
    page.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")

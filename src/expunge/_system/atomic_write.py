"""Writing a file completely or not at all: a reader finds the old file or the new one, never a part."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from stat import S_IMODE


def write_atomically(path: Path, text: str | Iterable[str], *, mode: int) -> None:
    """Write *text* to *path*, replacing an existing file; if this fails, the existing file stays.

    Args:
        path: The file; a link is followed to its target.
        text: The complete content, written as UTF-8; it may come in pieces.
        mode: Mode of a new file, before umask; an existing file keeps its mode.

    Raises:
        OSError: It could not be written.
    """
    pieces = (text,) if isinstance(text, str) else text
    if path.exists() and not path.is_file():
        path.write_text("".join(pieces), encoding="utf-8")  # a pipe or a device is written to, never replaced
        return
    target = Path(os.path.realpath(path))
    new = target.with_name(f".expunge-{secrets.token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            if target.exists():
                os.fchmod(handle, S_IMODE(target.stat().st_mode))
            file.writelines(pieces)
            file.flush()
            os.fsync(handle)
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise

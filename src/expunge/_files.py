"""Writing a file whole or not at all: who reads it meets the old one or the new one, never a part."""

import os
import secrets
from pathlib import Path
from stat import S_IMODE


def write_whole(path: Path, text: str, *, mode: int) -> None:
    """Write *text* to *path*; what is there is replaced, and stays where this fails.

    Args:
        path: The file; where a link stands there, the file that it leads to.
        text: All that the file is to hold, as UTF-8.
        mode: What a new file may be used for and by whom, before the user's mask; one that was there stays as open.

    Raises:
        OSError: It could not be written.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")  # a pipe or a device is written to, never replaced
        return
    target = Path(os.path.realpath(path))
    new = target.with_name(f".expunge-{secrets.token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            if target.exists():
                os.fchmod(handle, S_IMODE(target.stat().st_mode))
            file.write(text)
            file.flush()
            os.fsync(handle)
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise

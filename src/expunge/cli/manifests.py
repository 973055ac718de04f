"""Reading a manifest from a file: JSON, or YAML 1.2, where a bare date stays text."""

from pathlib import Path

from .._json import JSON
from .exit_codes import fail


def read_manifest(path: Path) -> dict[str, JSON]:
    """Read the manifest in the file at *path*; end the command if it is not one."""
    from .._yaml import YamlError, load  # noqa: PLC0415 - few commands read YAML

    try:
        value = load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise fail(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise fail(f"{path} is not UTF-8 text") from None
    except YamlError as error:
        raise fail(f"{path} is not a manifest: {error}") from None
    if not isinstance(value, dict):
        raise fail(f"{path} is not a manifest: it is not a mapping of names to values")
    return value

"""Write the sources of a provider from templates, and register them where the other providers are."""

import json
import re
from pathlib import Path
from string import Template
from typing import cast

from expunge._yaml import JSON
from spec.normalised import resolve

from .operation import Deletion, ScaffoldError, properties
from .overlay import Reads

_TEMPLATES = Path(__file__).with_name("templates")
_ACCEPTED = 202
_SAMPLES: dict[str, JSON] = {"string": "text", "integer": 1, "number": 1.0, "boolean": False, "array": []}

REGISTERED = ("__init__.py", "config.py", "types.py", "providers/__init__.py", "sandbox/__init__.py")
"""The modules of the package that name each provider."""


def write_sources(package: Path, provider: str, spec: dict[str, JSON], deletion: Deletion, reads: Reads) -> None:
    """Write the adapter, the settings and the stand-in of *provider* into *package*, and register them."""
    words = _words(provider, spec, deletion, reads)
    for name in ("providers", "sandbox"):
        template = "adapter" if name == "providers" else name
        (package / name / f"{provider}.py").write_text(_filled(template, words), encoding="utf-8")
    kind = words["kind"]
    with (package / "config.py").open("a", encoding="utf-8") as file:
        file.write(_filled("settings", words))
    _insert(package / "types.py", r'(?m)^ProviderName = Literal\[[^\]]*"', f', "{provider}"')
    _insert(package / "providers" / "__init__.py", r"(?s)= _Registry\(\n.*?(?=\n\))", f'\n    "{provider}",')
    _insert(
        package / "sandbox" / "__init__.py", r"(?m)^from \.baseten import Baseten$", f"\nfrom .{provider} import {kind}"
    )
    _insert(
        package / "sandbox" / "__init__.py",
        r"(?m)^        self\.replicate = self\._with\(.*\)$",
        f"\n        self.{provider} = self._with({kind}())",
    )
    _insert(package / "__init__.py", r"(?m)^    from \.config import [^)]*?Cerebras", f", {kind}")
    _insert(package / "__init__.py", r'(?m)^    "Cerebras",$', f'\n    "{kind}",')
    _insert(package / "__init__.py", r'dict\.fromkeys\(\([^)]*"Cerebras"(?=[^)]*\),\s*"config")', f', "{kind}"')


def _filled(template: str, words: dict[str, str]) -> str:
    return Template((_TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")).substitute(words)


def _insert(path: Path, after: str, text: str) -> None:
    """Insert *text* behind the one place of *path* that the expression *after* matches."""
    source = path.read_text(encoding="utf-8")
    found = list(re.finditer(after, source))
    if len(found) != 1:
        raise ScaffoldError(f"{path.name} does not name its providers as it used to: register the new one by hand")
    path.write_text(source[: found[0].end()] + text + source[found[0].end() :], encoding="utf-8")


def _words(provider: str, spec: dict[str, JSON], deletion: Deletion, reads: Reads) -> dict[str, str]:
    route = deletion.route
    fields, version = route.fields, route.arguments[-1]
    is_late = deletion.status == _ACCEPTED
    row = _sample(spec, reads.row)
    identity = properties(spec, reads.row).get(reads.identity, {})
    is_number = isinstance(identity, dict) and identity.get("type") == "integer"
    path = route.path
    for name, argument in zip(route.names, route.arguments, strict=True):
        path = path.replace(f"{{{name}}}", f"{{{argument}}}")
    info = spec.get("info")
    title = str(info.get("title", provider)) if isinstance(info, dict) else provider
    return {
        "name": provider,
        "title": " ".join(re.sub(r"[^\w .-]", " ", title).split()) or provider,
        "kind": "".join(part.capitalize() for part in provider.split("_")),
        "prefix": provider.upper(),
        "form": "/".join(field.upper() for field in fields),
        "count": str(len(fields)),
        "rules": ", ".join(f"{p!r}: {r!r}" for p, r in zip((*fields, "version"), route.names, strict=True)),
        "declarations": "\n    ".join(f"{field}: str" for field in fields),
        "own": ", ".join(f"self.{field}" for field in fields),
        "of_parts": ", ".join(f"parts[{number}]" for number in range(len(fields))),
        "of_ref": ", ".join(f"ref.{field}" for field in fields),
        "shown": "/".join(f"{{self.{field}}}" for field in fields),
        "arguments": ", ".join(f'"{a}": ref.{f}' for a, f in zip(route.arguments, fields, strict=False)),
        "version": version,
        "capabilities": "creation_times=True" * ("created_at" in properties(spec, reads.row))
        + ", asynchronous=True" * is_late,
        "late": "\n    deletes_before_answering = False" * is_late,
        "scheme": deletion.scheme,
        "verdict": _verdict(spec, deletion, reads, is_late=is_late),
        "identity": reads.identity,
        "rows": reads.rows,
        "seeded": "/".join("acme" if number < len(fields) - 1 else "churn" for number in range(len(fields))),
        "path": path,
        "list_path": path.rpartition("/")[0],
        "row": json.dumps(row).replace("true", "True").replace("false", "False").replace("null", "None"),
        "success": _success(spec, deletion, reads),
        "parts": ", ".join(f'call.path["{argument}"]' for argument in route.arguments[:-1]),
        "as_sent": "int(version)" if is_number else "version",
        "base": json.dumps(deletion.base) if deletion.base else "None",
        "default": " = default_base" if deletion.base else "",
    }


def _verdict(spec: dict[str, JSON], deletion: Deletion, reads: Reads, *, is_late: bool) -> str:
    """Return the statements that read the documented success."""
    if deletion.body is None:
        meaning = "accepted" if is_late else "deleted"
        return f'        del ref\n        return Verdict("{meaning}" if answer.is_empty else "uncertain")'
    fields = properties(spec, deletion.body)
    if "deleted" not in fields:
        return '        del ref, answer\n        return Verdict("acknowledged")'
    lines = ["body = answer.body if isinstance(answer.body, dict) else {}"]
    if reads.identity in fields:
        lines += [
            f'name = body.get("{reads.identity}")',
            "if name is not None and str(name) != ref.version:",
            '    return Verdict("other_resource", f"the answer names {str(name)!r}, not {ref.version}")',
        ]
    else:
        lines.insert(0, "del ref")
    lines.append('return Verdict("deleted" if body.get("deleted") is True else "uncertain")')
    return "\n".join(f"        {line}" for line in lines)


def _success(spec: dict[str, JSON], deletion: Deletion, reads: Reads) -> str:
    """Return the statement of the stand-in that answers a delete as documented."""
    if deletion.body is None:
        return f"        return Response(status_code={deletion.status})"
    fields = properties(spec, deletion.body)
    said = {**_sample(spec, deletion.body), **({"deleted": True} if "deleted" in fields else {})}
    text = json.dumps(said).replace("true", "True").replace("false", "False").replace("null", "None")
    named = f', "{reads.identity}": version' if reads.identity in fields else ""
    return f"        return JSONResponse({{**{text}{named}}}, {deletion.status})"


def _sample(spec: dict[str, JSON], schema: dict[str, JSON]) -> dict[str, JSON]:
    """Return an object with the fields that *schema* requires, and its creation time."""
    declared = resolve(schema, spec)
    fields = properties(spec, declared)
    required = cast("list[str]", declared.get("required", []))
    return {name: _value(spec, name, fields[name]) for name in fields if name in required or name == "created_at"}


def _value(spec: dict[str, JSON], name: str, schema: JSON) -> JSON:
    declared = resolve(schema, spec) if isinstance(schema, dict) else {}
    kinds = declared.get("type", "string")
    kind = str(kinds[0] if isinstance(kinds, list) else kinds)
    if values := declared.get("enum"):
        return cast("list[JSON]", values)[0]
    if declared.get("format") == "date-time" or name == "created_at":
        return "2026-01-12T09:30:00Z"
    return _sample(spec, declared) if kind == "object" else _SAMPLES.get(kind)

"""Harden the generator's own templates by exact replacements, each with the number of its places.

The installed templates of the pinned generator are read, never copied into this repository. Another number of places
means that the generator has moved, and stops the build. The allow-list judges the code that the templates write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from ..errors import BuildError
from ..generator_input import OPEN

_CLIENT = "client.py.jinja"
_ENDPOINT = "endpoint_module.py.jinja"
_CHOICE = "literal_enum.py.jinja"
_CONSTANT = "property_templates/const_property.py.jinja"
_MACROS = "endpoint_macros.py.jinja"
_DOCUMENTED = """\
    {% if not endpoint.responses.default %}
    if not is_documented(response.status_code, (
    {%- for each in endpoint.responses.patterns -%}
    ({{ each.status_code.range[0] }}, {{ each.status_code.range[1] }}),
    {%- endfor -%}
    )):
        raise errors.UnexpectedStatus(int(response.status_code), response.content)
    {% endif %}
    return response.parsed
"""
_CREDENTIAL = r"f\"{self.prefix} {self.token}\" if self.prefix else self.token"
# `{% if custom_constructor %}` writes the token into the dictionary of the caller, who may use it for another host.
_WRITE = """\
        {% if custom_constructor %}
            {{ custom_constructor | indent(12) }}
        {% endif %}
"""
_HEADERS = "headers={% if custom_constructor %}{{ custom_constructor }}{% else %}self._headers{% endif %},"


@dataclass(frozen=True)
class Replacement:
    """A text of a template, the text that takes its place, and the number of places."""

    template: str
    name: str
    old: str
    new: str
    places: int = 1


def _mutation(kind: str) -> str:
    """Return the lines of a `with_…` method that change the open connections of the first client."""
    return "".join(
        f"        if self.{client} is not None:\n            self.{client}.{kind}\n"
        for client in ("_client", "_async_client")
    )


REPLACEMENTS = (
    # httpx takes `..` in a path for a step up: `DELETE …/models/m/versions/..` leaves as `DELETE …/models/m`.
    Replacement(
        _ENDPOINT,
        "guard each path parameter",
        'quote(str({{parameter.python_name}}), safe="")',
        'path_segment("{{parameter.python_name}}", {{parameter.python_name}})',
    ),
    Replacement(
        _ENDPOINT,
        "import the guard",
        "from urllib.parse import quote",
        "from ...._path import path_segment",
    ),
    # `HTTPStatus(520)` raises ValueError; an answer keeps its number.
    Replacement(
        _ENDPOINT,
        "keep a status without a name",
        "HTTPStatus(response.status_code)",
        "status_of(response.status_code)",
    ),
    Replacement(
        _ENDPOINT,
        "import the reader of statuses",
        "from http import HTTPStatus",
        "from __future__ import annotations\nfrom ...._status import is_documented, status_of",
    ),
    # An undocumented 401 must not be read as "there is none": both would be None.
    *(
        Replacement(
            _ENDPOINT,
            f"refuse an undocumented status in {name}",
            f"    return {call}(\n        {{{{ kwargs(endpoint) }}}}\n    ){end}.parsed\n",
            f"    response = {call.lstrip('(')}(\n        {{{{ kwargs(endpoint) }}}}\n    )\n{_DOCUMENTED}",
        )
        for name, call, end in (("sync", "sync_detailed", ""), ("asyncio", "(await asyncio_detailed", ")"))
    ),
    Replacement(
        _MACROS,
        "say when an undocumented status raises",
        "undocumented status code and Client.raise_on_unexpected_status is True.",
        "undocumented status code{% if is_detailed %} and Client.raise_on_unexpected_status is True{% endif %}.",
    ),
    # `_httpx.py` chooses between httpx and httpx2. Unevaluated annotations leave nothing that loads it early.
    *(
        Replacement(
            template, "take the installed HTTP library", "import httpx\n", f"from {where} import _httpx as httpx\n"
        )
        for template, where in ((_CLIENT, ".."), (_ENDPOINT, "...."))
    ),
    Replacement(
        _CLIENT,
        "leave annotations unevaluated",
        "import ssl\n",
        "from __future__ import annotations\nimport ssl\n",
    ),
    Replacement("types.py.jinja", "type the status", "status_code: HTTPStatus\n", "status_code: HTTPStatus | int\n"),
    # The token is a credential. Headers, cookies and httpx's arguments may hold one, and so may open connections.
    Replacement(
        _CLIENT,
        "hide the token",
        """"token": namespace(type="str", default="",""",
        """"token": namespace(type="str", default="field(repr=False)",""",
    ),
    *(
        Replacement(
            _CLIENT,
            f"hide and type {name}",
            f'factory=dict, kw_only=True, alias="{name}")',
            f'factory=dict[str, {value}], kw_only=True, alias="{name}", repr=False)',
        )
        for name, value in (("cookies", "str"), ("headers", "str"), ("httpx_args", "Any"))
    ),
    Replacement(
        _CLIENT,
        "hide the open connections",
        "field(default=None, init=False)",
        "field(default=None, init=False, repr=False)",
        places=2,
    ),
    # A copy shares neither open connections nor dictionaries with its original.
    *(
        Replacement(_CLIENT, f"leave the original's {name} as they are", _mutation(change), "")
        for name, change in (
            ("headers", "headers.update(headers)"),
            ("cookies", "cookies.update(cookies)"),
            ("time-outs", "timeout = timeout"),
        )
    ),
    Replacement(
        _CLIENT,
        "copy the rest in with_headers",
        "{**self._headers, **headers})",
        "{**self._headers, **headers}, cookies={**self._cookies}, httpx_args={**self._httpx_args})",
    ),
    Replacement(
        _CLIENT,
        "copy the rest in with_cookies",
        "{**self._cookies, **cookies})",
        "{**self._cookies, **cookies}, headers={**self._headers}, httpx_args={**self._httpx_args})",
    ),
    Replacement(
        _CLIENT,
        "copy the rest in with_timeout",
        "evolve(self, timeout=timeout)",
        "evolve(self, timeout=timeout, headers={**self._headers}, cookies={**self._cookies}, "
        "httpx_args={**self._httpx_args})",
    ),
    Replacement(_CLIENT, "keep the token out of the caller's headers", _WRITE, "", places=2),
    Replacement(_CLIENT, "send the token", "headers=self._headers,", _HEADERS, places=2),
    Replacement(
        _CLIENT,
        "make the headers with the token",
        f"self._headers[self.auth_header_name] = {_CREDENTIAL}",
        f"{{**self._headers, self.auth_header_name: {_CREDENTIAL}}}",
    ),
    # A value that the spec does not list is kept as it is, where `generator_input` marks the choice as open.
    Replacement(
        _CHOICE,
        "leave a choice open",
        """{{ enum.class_info.name }} = Literal{{ "%r" | format(enum.values|list|sort) }}""",
        f"{{% set values = enum.values | reject('in', {OPEN!r}) | list | sort %}}\n"
        "{% set is_open = values | length < enum.values | length %}\n"
        """{{ enum.class_info.name }} = Literal{{ "%r" | format(values) }}"""
        "{% if is_open %} | {{ enum.get_instance_type_string() | as_unembedded_code }}{% endif %}",
    ),
    Replacement(
        _CHOICE,
        "list the known values in order",
        "set[{{ enum.class_info.name }}] = { {% for v in enum.values|list|sort %}"
        """{{"%r"|format(v)}}, {% endfor %} }""",
        "tuple[{{ enum.class_info.name }}, ...] = ({% for v in values %}"
        """{{"%r"|format(v)}}, {% endfor %})""",
    ),
    Replacement(
        _CHOICE,
        "keep an unknown value",
        "    if value in ",
        "    {% if is_open %}\n    return value\n    {% else %}\n    if value in ",
    ),
    Replacement(
        _CHOICE,
        "refuse an unknown value by name",
        """raise TypeError(f"Unexpected value {value!r}. Expected one of {{"{"}}"""
        """{{ enum.get_class_name_snake_case() | upper }}_VALUES!r}")""",
        """raise ValueError(f"{value!r} is not one of {{"{"}}"""
        """{{ enum.get_class_name_snake_case() | upper }}_VALUES}")\n    {% endif %}""",
    ),
    # In a union, the members behind a constant must have their turn too.
    Replacement(
        _CONSTANT,
        "ask for a constant in a union",
        "{% macro multipart(",
        "{% macro check_type_for_construct(property, source) %}"
        "{{ source }} == {{ property.value.python_code | as_unembedded_code }}{% endmacro %}\n\n{% macro multipart(",
    ),
    # Python cannot read what these two write: `if flag != Trueand not …`, and a loop with one line inside.
    Replacement(
        _CONSTANT,
        "part two words",
        "{% if not property.required %}and not",
        "{% if not property.required %} and not",
    ),
    Replacement(
        "model.py.jinja",
        "indent a loop",
        '"prop", "prop_name") | indent(4) }}',
        '"prop", "prop_name") | indent(12) }}',
    ),
)


def original_templates() -> dict[str, str]:
    """Return the installed generator's templates that are replaced, by name."""
    folder = files("openapi_python_client") / "templates"
    names = {replacement.template for replacement in REPLACEMENTS}
    return {name: folder.joinpath(name).read_text(encoding="utf-8") for name in sorted(names)}


def hardened_templates(
    originals: Mapping[str, str], replacements: Sequence[Replacement] = REPLACEMENTS
) -> dict[str, str]:
    """Return *originals* with all *replacements* made, in order.

    Raises:
        BuildError: A template does not hold a text as often as it must. The message names both.
    """
    texts = dict(originals)
    for each in replacements:
        found = texts[each.template].count(each.old)
        if found != each.places:
            raise BuildError(
                f"template {each.template}: {found} places to {each.name!r} found, {each.places} expected; "
                "the generator has moved"
            )
        texts[each.template] = texts[each.template].replace(each.old, each.new)
    return texts

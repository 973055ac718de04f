"""Patterns of every statement and expression that the hardened templates write.

Read it beside openapi-python-client 0.29.1, folder `templates`. `match.py` explains the holes.
"""

from functools import cache

from .match import Grammar

_ARGUMENTS = "*, client: AuthenticatedClient | Client, response: httpx.Response"

# property_templates/*.jinja, macro `construct`: from the answer to an object.
_READING = """
NAME = SOURCE
NAME = BUILT
NAME = cast(TYPE, SOURCE)
NAME = []
NAME: TYPE = []
NAME: TYPE
NAME: TYPE = UNSET
NAME.append(NAME)
for NAME in NAME:
    READING
if NAME is not UNSET:
    READING
if isinstance(NAME, Unset):
    NAME = UNSET
else:
    READING
if NAME != LITERAL:
    raise ValueError(MESSAGE)
if NAME != LITERAL and not isinstance(NAME, Unset):
    raise ValueError(MESSAGE)
def _parse_NAME(data: object) -> TYPE:
    CHOOSING
NAME = _parse_NAME(SOURCE)
"""

# property_templates/*.jinja, macro `transform`: from an object to the request.
_WRITING = """
PLACE = VALUE
PLACE = WRITTEN
PLACE = []
NAME: TYPE = []
PLACE: TYPE
PLACE = UNSET
PLACE: TYPE = UNSET
PLACE: TYPE = VALUE
PLACE.append(NAME)
for NAME in VALUE:
    WRITING
if not isinstance(VALUE, Unset):
    WRITING
if isinstance(VALUE, TYPE):
    WRITING
else:
    WRITING
"""

_STATEMENTS = {
    # union_property.py.jinja, macro `construct`
    "CHOOSING": _READING.replace("READING", "CHOOSING")
    + """
if data is None:
    return data
if isinstance(data, Unset):
    return data
try:
    CHOOSING
except (TypeError, ValueError, AttributeError, KeyError):
    pass
if not isinstance(data, TYPE):
    raise TypeError()
if not data == LITERAL:
    raise TypeError()
return NAME
return cast(TYPE, data)
""",
    # model.py.jinja
    "MODEL": """
if TYPE_CHECKING:
    IMPORTS
T = TypeVar("T", bound=TEXT)
@_attrs_define
class NAME:
    FIELDS
NAME = CHOICE
NAME_VALUES: tuple[NAME, ...] = LITERALS
def check_NAME(value: str) -> NAME:
    CHECK
def check_NAME(value: int) -> NAME:
    CHECK
""",
    # literal_enum.py.jinja
    "CHECK": """
return value
if value in NAME_VALUES:
    return value
raise ValueError(f"{value!r} is not one of {NAME_VALUES}")
""",
    "IMPORTS": "",
    "FIELDS": """
NAME: TYPE
NAME: TYPE = DEFAULT
additional_properties: dict[str, TYPE] = _attrs_field(init=False, factory=dict[str, TYPE])
def to_dict(self) -> dict[str, Any]:
    TO_DICT
def to_multipart(self) -> types.RequestFiles:
    TO_MULTIPART
@classmethod
def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
    FROM_DICT
@property
def additional_keys(self) -> list[str]:
    return list(self.additional_properties.keys())
def __getitem__(self, key: str) -> TYPE:
    return self.additional_properties[key]
def __setitem__(self, key: str, value: TYPE) -> None:
    self.additional_properties[key] = value
def __delitem__(self, key: str) -> None:
    del self.additional_properties[key]
def __contains__(self, key: str) -> bool:
    return key in self.additional_properties
""",
    "TO_DICT": _WRITING.replace("WRITING", "TO_DICT")
    + """
field_dict: dict[str, Any] = {}
field_dict.update(self.additional_properties)
field_dict.update({**TEXTS})
for prop_name, prop in self.additional_properties.items():
    TO_DICT
if NAME is not UNSET:
    field_dict[TEXT] = NAME
return field_dict
""",
    "TO_MULTIPART": """
files: types.RequestFiles = []
files.append((PART, (None, PLAIN, "text/plain")))
files.append((PART, (None, json.dumps(VALUE.to_dict()).encode(), "application/json")))
files.append((PART, VALUE.to_tuple()))
for NAME in VALUE:
    TO_MULTIPART
for prop_name, prop in self.additional_properties.items():
    TO_MULTIPART
if not isinstance(VALUE, Unset):
    TO_MULTIPART
if isinstance(VALUE, TYPE):
    TO_MULTIPART
else:
    TO_MULTIPART
if VALUE is None:
    TO_MULTIPART
else:
    TO_MULTIPART
return files
""",
    "FROM_DICT": _READING.replace("READING", "FROM_DICT")
    + """
d = dict(src_dict)
NAME = cls(**SAME)
NAME.additional_properties = d
NAME.additional_properties = additional_properties
additional_properties: dict[str, Any] = {}
for prop_name, prop_dict in d.items():
    FROM_DICT
additional_properties[prop_name] = NAME
return NAME
""",
    # endpoint_module.py.jinja
    "ENDPOINT": f"""
def _get_kwargs(PARAMETERS) -> dict[str, Any]:
    REQUEST
def _parse_response({_ARGUMENTS}) -> TYPE:
    RESPONSE
def _build_response({_ARGUMENTS}) -> Response[TYPE]:
    return Response(
        status_code=status_of(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )
def sync_detailed(PARAMETERS) -> Response[TYPE]:
    kwargs = _get_kwargs(**SAME)
    response = client.get_httpx_client().request(**kwargs)
    return _build_response(client=client, response=response)
def sync(PARAMETERS) -> TYPE:
    CALLING
async def asyncio_detailed(PARAMETERS) -> Response[TYPE]:
    kwargs = _get_kwargs(**SAME)
    response = await client.get_async_httpx_client().request(**kwargs)
    return _build_response(client=client, response=response)
async def asyncio(PARAMETERS) -> TYPE:
    CALLING
""",
    "CALLING": """
response = sync_detailed(**SAME)
response = await asyncio_detailed(**SAME)
if not is_documented(response.status_code, RANGES):
    raise errors.UnexpectedStatus(int(response.status_code), response.content)
return response.parsed
""",
    "REQUEST": _WRITING.replace("WRITING", "REQUEST")
    + """
headers: dict[str, Any] = {}
headers[TEXT] = HEADER
cookies: dict[str, Any] = {}
cookies[TEXT] = NAME
if NAME is not UNSET:
    cookies[TEXT] = NAME
params: dict[str, Any] = {}
params[TEXT] = NAME
params.update(NAME)
params = {k: v for k, v in params.items() if v is not UNSET and v is not None}
_kwargs: dict[str, Any] = {"method": TEXT, "url": URL}
_kwargs: dict[str, Any] = {"method": TEXT, "url": URL, "params": params}
_kwargs: dict[str, Any] = {"method": TEXT, "url": URL, "cookies": cookies}
_kwargs: dict[str, Any] = {"method": TEXT, "url": URL, "params": params, "cookies": cookies}
_kwargs["data"] = body.to_dict()
_kwargs["files"] = body.to_multipart()
_kwargs["content"] = body.payload
_kwargs["headers"] = headers
return _kwargs
""",
    "RESPONSE": _READING.replace("READING", "RESPONSE")
    + """
if response.status_code == INTEGER:
    RESPONSE
if INTEGER <= response.status_code <= INTEGER:
    RESPONSE
if client.raise_on_unexpected_status:
    raise errors.UnexpectedStatus(response.status_code, response.content)
else:
    return None
return NAME
return None
""",
    # package_init.py.jinja and models_init.py.jinja
    "EXPORTS": "__all__ = TEXTS",
}

_EXPRESSIONS = {
    "CHOICE": ("Literal[LITERALS]", "Literal[LITERALS] | str", "Literal[LITERALS] | int"),
    "VALUE": ("NAME", "self.NAME"),
    "PLACE": ("NAME", "field_dict[prop_name]", "_kwargs['json']"),
    "SOURCE": (
        *("NAME", "d.pop(TEXT)", "d.pop(TEXT, UNSET)"),
        *("response.json()", "response.content", "response.text", "None"),
    ),
    "BUILT": (
        *(
            "NAME(SOURCE)",
            "NAME.from_dict(SOURCE)",
            "NAME.from_dict(cast('dict[str, Any]', data))",
            "UUID(SOURCE)",
            "File(payload=BytesIO(SOURCE))",
        ),
        *("datetime.datetime.fromisoformat(SOURCE)", "datetime.date.fromisoformat(SOURCE)"),
    ),
    "WRITTEN": ("VALUE.to_dict()", "VALUE.isoformat()", "VALUE.to_tuple()", "str(VALUE)"),
    "PLAIN": (*("VALUE", "str(VALUE)", "str(VALUE).encode()", "VALUE.isoformat().encode()"),),
    "PART": ("TEXT", "prop_name"),
    "HEADER": ("TEXT", "NAME", "str(NAME)", "'true' if NAME else 'false'"),
    "URL": ("TEXT", "TEXT.format(**SEGMENTS)"),
    "DEFAULT": (
        *("UNSET", "LITERAL", "UUID(TEXT)"),
        *("datetime.datetime.fromisoformat(TEXT)", "datetime.date.fromisoformat(TEXT)"),
    ),
}


@cache
def grammar() -> Grammar:
    """Return the patterns, ready to match."""
    return Grammar(_STATEMENTS, _EXPRESSIONS)

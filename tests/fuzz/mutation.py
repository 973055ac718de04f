"""Change bytes at random, as a fuzzer does: the same changes every time for the same seed."""

import json
import random
import re

# Texts that readers are known to stumble over: depth, size, halves of characters, and the marks of each format.
_TOKENS = [
    b"[" * 150, b"{\"a\":" * 150, b"- " * 300, b"(" * 150, b"..", b"*", b"@", b"$", b"?@", b"&a ", b"*a", b"<<: ",
    b"!!python/object:os.system ", b"0x" + b"f" * 5000, b"1e999", b"-0", b"9" * 5000, b"NaN", b"Infinity", b"\\ud800",
    b"\xff", b"\xed\xa0\x80", b"\x00", b"\r", b"\n", b"\xe2\x80\xa8", b"```", b"---\n", b"<!--", b"{/*", b"    ", b"\t",
    b"null", b"true", b"{}", b"[]", b"\"\"",
    b"\"0001-01-01T00:00:00+23:59\"", b"\"9999-12-31T23:59:59-23:59\"",
]  # fmt: skip
_VALUES = [
    None, True, False, 0, 1, -1, 10**40, 1.5, 1e300, float("inf"), float("nan"), "",
    "x", "\ud800", [], {}, [[]], [None],
    "0001-01-01T00:00:00+23:59", "2026-01-02T03:04:05Z", {"a": 1},
]  # fmt: skip
_JSON = re.compile(rb"\{.*\}", re.DOTALL)


def changed(corpus: list[bytes], random_: random.Random) -> bytes:
    """Return one of *corpus*, changed in one to four places."""
    data = random_.choice(corpus)
    for _ in range(random_.randint(1, 4)):
        data = random_.choice([_flipped, _cut, _with_token, _spliced, _with_value, _with_value])(data, corpus, random_)
    return data[:100_000]


def _flipped(data: bytes, _: list[bytes], random_: random.Random) -> bytes:
    at = random_.randrange(len(data) + 1)
    return data[:at] + bytes([random_.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, _: list[bytes], random_: random.Random) -> bytes:
    first, last = sorted(random_.randrange(len(data) + 1) for _ in range(2))
    return data[:first] + data[min(last, first + random_.choice([1, 4, 100_000])) :]


def _with_token(data: bytes, _: list[bytes], random_: random.Random) -> bytes:
    at = random_.randrange(len(data) + 1)
    return data[:at] + random_.choice(_TOKENS) + data[at:]


def _spliced(data: bytes, corpus: list[bytes], random_: random.Random) -> bytes:
    other = random_.choice(corpus)
    return data[: random_.randrange(len(data) + 1)] + other[random_.randrange(len(other) + 1) :]


def _with_value(data: bytes, corpus: list[bytes], random_: random.Random) -> bytes:
    """Change a value in one line that holds a JSON object, or in all of *data* if that is one."""
    rows = data.split(b"\n")
    places = [number for number, row in enumerate(rows) if _JSON.search(row)]
    begin, end = (0, len(rows)) if not places or data.startswith(b"{") else (at := random_.choice(places), at + 1)
    text = b"\n".join(rows[begin:end])
    found = _JSON.search(text)
    try:
        value = json.loads(found[0]) if found else None
    except (ValueError, RecursionError):
        value = None
    if found is None or not value:
        return _flipped(data, corpus, random_)
    _change(value, random_)
    text = text[: found.start()] + json.dumps(value).encode() + text[found.end() :]
    return b"\n".join([*rows[:begin], text, *rows[end:]])


def _change(value: object, random_: random.Random) -> None:
    holders: list[dict[str, object] | list[object]] = []
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict | list) and each:
            holders.append(each)
            waiting.extend(each.values() if isinstance(each, dict) else each)
    holder = random_.choice(holders)
    key = random_.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))  # type: ignore[arg-type]
    if random_.random() < 0.2:
        del holder[key]  # type: ignore[arg-type]
    else:
        holder[key] = random_.choice(_VALUES)  # type: ignore[index,call-overload]

"""The patterns of the specs in words: a person who reads an error need not read regular expressions."""

_WORDS = {
    "^[0-9a-f]{64}$": "must be 64 characters of 0-9 and a-f",
    "^(s3|gs|wasbs)://.*": "must begin with s3://, gs:// or wasbs://",
    "^([1-9][0-9]{0,17}|[a-z][a-zA-Z0-9-]{0,126}[a-z0-9])$": (
        "must be a positive number, or an alias of 2 to 128 letters, digits and '-' that begins with a lower-case "
        "letter and ends with one or with a digit"
    ),
    r"^[a-zA-Z][a-zA-Z0-9\-]{1,98}[a-zA-Z0-9]$": (
        "must be 3 to 100 letters, digits and '-', begin with a letter, and not end with '-'"
    ),
    r"^[A-Za-z0-9_\-]+$": "must be letters, digits, '_' and '-'",
    "^v[a-zA-Z0-9.-]*([a-zA-Z0-9]+)$": "must be 'v' and letters, digits, '.' and '-', and end with a letter or digit",
    r"^\d+(\.\d+){1,2}([\-\.a-z0-9]+)?$": "must begin with two or three numbers between dots, such as 3.11 or 3.11.2",
}
"""The end of a sentence, by the pattern. A pattern without words is shown as it is; a test names it."""


def words_of(pattern: str) -> str:
    """Return the rule of *pattern* as the end of a sentence."""
    return _WORDS.get(pattern, f"must match {pattern}")

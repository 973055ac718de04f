"""Failed reads: a read got no documented answer, or found that there is nothing."""

from .._answer import Answer
from ..errors import Refused


class ReadFailed(Exception):
    """A read got no documented answer; `_deletion` and `_facade.py` turn it into an error of the library."""

    def __init__(self, answer: Answer, reason: str = "") -> None:
        super().__init__(reason or answer.describe())
        self.answer = answer
        self.reason = reason or answer.describe()


class Absent(ReadFailed):
    """A read found that it is not there."""


class Replaced(Refused):
    """The version that was read may be another one with the same name, so it proves nothing about the planned one."""

"""The progress of one provider's part of a run, in words."""

from attrs import frozen


@frozen
class Progress:
    """The progress of one provider's part of a run.

    Attributes:
        name: The provider.
        settled: Number of references that are settled.
        total: Number of all.
        facts: Rate and time left, in words.
        wait: The reason why it waits, or an empty text.
    """

    name: str
    settled: int
    total: int
    facts: tuple[str, ...] = ()
    wait: str = ""

    @property
    def done(self) -> str:
        """Return both numbers."""
        return f"{self.settled}/{self.total}"

    @property
    def line(self) -> str:
        """Return all of it on one line."""
        return "   ".join(filter(None, (f"{self.name} {self.done}", *self.facts, self.wait)))

"""Every course of a deletion, one after another: all choices of what goes wrong among its first events.

A deletion is a generator, so a course is replayed from its start by the choices that it made. The next courses differ
from it in one later choice. They come in the order of how much goes wrong: the first counterexample is a smallest one.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Course:
    """One course: it chooses by a list, and the first name, by which all is well, when the list is at its end.

    Attributes:
        choices: The places of the names to choose, in order.
        depth: Number of choices that other courses may make otherwise.
        chosen: The names that were chosen, among the first *depth*.
        widths: How many names each of them was chosen from.
        made: How many choices were made.
    """

    choices: tuple[int, ...]
    depth: int
    chosen: list[str] = field(default_factory=list[str])
    widths: list[int] = field(default_factory=list[int])
    made: int = 0

    def __call__(self, weights: dict[str, int], /) -> str:
        """Choose one of *weights*."""
        name = list(weights)[self.choices[self.made] if self.made < len(self.choices) else 0]
        self.made += 1
        if self.made <= self.depth:
            self.chosen.append(name)
            self.widths.append(len(weights))
        return name

    def following(self) -> Iterator[tuple[int, ...]]:
        """Yield the choices of each course that differs in one choice after those given."""
        given = len(self.choices)
        for at in range(given, len(self.chosen)):
            made = self.choices + (0,) * (at - given)
            for place in range(1, self.widths[at]):
                yield (*made, place)


def every_course(depth: int, run: Callable[[Course], None]) -> int:
    """Run each course that differs in its first *depth* choices, once; return how many there are."""
    left, count = deque([()]), 0
    while left:
        course = Course(left.popleft(), depth)
        run(course)
        count += 1
        left.extend(course.following())
    return count


def smallest(choices: tuple[int, ...], fails: Callable[[tuple[int, ...]], bool]) -> tuple[int, ...]:
    """Return the choices of a failing course with as little going wrong as can be: each goes well that may."""
    for at in reversed(range(len(choices))):
        calmer = (*choices[:at], 0, *choices[at + 1 :])
        if choices[at] and fails(calmer):
            choices = calmer
    return choices

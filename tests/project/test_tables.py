"""A table that one test plays fails with all rows that failed, each named."""

import pytest
from tests.tables import Table


def play(*numbers):
    """Play a row for each of *numbers*, which fails for one that is not positive."""
    with Table() as table:
        for number in numbers:
            with table.row(f"number {number}"):
                if number == 0:
                    with pytest.raises(ValueError, match="none"):
                        int("1")
                assert number > 0


def test_each_row_that_fails_is_named_and_the_others_are_played():
    with pytest.raises(BaseExceptionGroup, match=r"\A3 of 5 rows failed: number -1, number 0, number -2") as failed:
        play(1, -1, 0, 2, -2)

    assert [error.__notes__ for error in failed.value.exceptions] == [
        ["This is the row number -1."],
        ["This is the row number 0."],
        ["This is the row number -2."],
    ]


def test_a_table_whose_rows_pass_passes():
    play(1, 2)


@pytest.mark.parametrize("rows", [(), (1, 1)], ids=["without-rows", "one-name-twice"])
def test_a_table_that_would_hide_a_row_fails(rows):
    with pytest.raises(AssertionError):
        play(*rows)

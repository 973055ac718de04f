"""A program writes its part of a page, and leaves the rest of the page as it is."""

import pytest

from tree.marked_section import replace_marked

PAGE = "# Title\n\n<!-- make x -->\n\nold\n\n<!-- end of make x -->\n\nThe end.\n"


@pytest.fixture
def page(tmp_path):
    return tmp_path / "page.md"


def test_only_the_marked_part_is_replaced(page):
    page.write_text(PAGE)

    replace_marked(page, "make x", "new\nlines")

    assert page.read_text() == PAGE.replace("old", "new\nlines")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("# Title\n", id="without-marks"),
        pytest.param(PAGE.replace("<!-- end of make x -->", ""), id="without-an-end"),
        pytest.param(PAGE + PAGE, id="twice"),
        pytest.param("<!-- end of make x -->\n<!-- make x -->\n", id="in-the-wrong-order"),
        pytest.param(PAGE.replace("make x", "make y"), id="of-another-program"),
    ],
)
def test_a_page_without_both_marks_is_not_written(page, content):
    page.write_text(content)

    with pytest.raises(ValueError, match=r"page\.md does not have <!-- make x -->"):
        replace_marked(page, "make x", "new")
    assert page.read_text() == content

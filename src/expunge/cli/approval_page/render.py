"""A plan or a journal as one page of HTML: without scripts and external resources."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ...journal.reading import Reading
from ...plans.plan import Plan
from .journal_view import JournalView, journal_view_of
from .timeline import HEIGHT, WIDTH
from .view import PageView, counted, view_of
from .visible_text import visible

MARK = '<meta name="generator" content="expunge report">'
"""The mark near the beginning of each page, and of no other file."""

_PACKAGE = "expunge.cli.approval_page"
"""The package with the folder `templates`, which holds the pages' text and style."""


def page_of(subject: Plan | Reading) -> str:
    """Return the page about a plan, or about an open journal; the same one gives the same bytes."""
    return "".join(pieces_of(subject))


def pieces_of(subject: Plan | Reading) -> Iterator[str]:
    """Yield the same page piece by piece: it is never in memory completely."""
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Every text that the template prints passes here, so none can be forgotten.
        finalize=_made_visible,
    )
    environment.filters["counted"] = counted
    style = (files(_PACKAGE) / "templates" / "page.css").read_text(encoding="utf-8")
    # A hash allows this one style sheet; "unsafe-inline" would also allow an injected one.
    digest = b64encode(sha256(style.encode()).digest()).decode()
    page: PageView | JournalView
    if isinstance(subject, Plan):
        template, page = "plan.html.jinja", view_of(subject)
    else:
        template, page = "journal.html.jinja", journal_view_of(subject)
    yield from environment.get_template(template).generate(
        page=page,
        mark=Markup(MARK),  # noqa: S704 - our own, above
        style=Markup(style),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        width=WIDTH,
        height=HEIGHT,
    )


def _made_visible(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

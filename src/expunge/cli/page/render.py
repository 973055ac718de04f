"""A plan as one page of HTML, for approval: without scripts and external resources."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ...plans.plan import Plan
from .timeline import HEIGHT, WIDTH
from .view import counted, view_of
from .visible_text import visible

MARK = '<meta name="generator" content="expunge report">'
"""The mark near the beginning of each page, and of no other file."""

_PACKAGE = "expunge.cli.page"
"""The package with the folder `templates`, which holds the page's text and style."""


def page_of(plan: Plan) -> str:
    """Return the page about *plan*; the same plan gives the same bytes."""
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
    return environment.get_template("page.html.jinja").render(
        page=view_of(plan),
        mark=Markup(MARK),  # noqa: S704 - our own, above
        style=Markup(style),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        width=WIDTH,
        height=HEIGHT,
    )


def _made_visible(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

"""Cases of a delete on the wire, and the rules by which a client's result is wrong."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from .server import HTML, PATHS, VERSION_ID, Provider, Reply, Resource, Standin, documented

Kind = Literal["success", "no", "absent", "in doubt", "listed"]
Judgement = Literal["right", "wrong", "left open"]

_BASETEN_TOMBSTONE: dict[str, object] = {"id": "dep2bbb", "model_id": "mod3x7q", "deleted": True}
_IDENTIFIERS: dict[Provider, str] = {"replicate": VERSION_ID, "baseten": "dep2bbb", "truefoundry": "mv-3"}
_REFERENCES: dict[Provider, str] = {
    "replicate": f"replicate:acme/classifier@{VERSION_ID}",
    "baseten": "baseten:mod3x7q@dep2bbb",
    "truefoundry": "truefoundry:fraud-repo/churn@3",
}
# TrueFoundry's ids stand at the end of a path of their own, so it takes more than two dots to reach the model.
_ESCAPES: dict[Provider, str] = {"replicate": "..", "baseten": "..", "truefoundry": "../models/m-22"}

# The SDKs' errors for a 404. TrueFoundry's has one of its own for what it could read; another one claims nothing.
_NOT_FOUND = frozenset({"ReplicateError", "NotFoundError", "ResponseError"})

_SHOWN: dict[Resource, str] = {"version": "the version", "sibling": "another version", "model": "the complete model"}
_DOTS = "an identifier with `..`"
_HAS_ALL: frozenset[Resource] = frozenset({"version", "sibling", "model"})
_ALL: tuple[Provider, ...] = get_args(Provider)


@dataclass(frozen=True)
class Case:
    """One thing that may happen.

    Attributes:
        name: The event, in words.
        replies: The answers to deletes, given the provider and the address of another origin.
        is_documented: Whether the provider documents that answer as its success.
        holds: The resources that exist before.
    """

    name: str
    replies: Callable[[Provider, str], list[Reply]]
    is_documented: bool = False
    holds: frozenset[Resource] = _HAS_ALL
    providers: tuple[Provider, ...] = _ALL
    escapes: bool = False
    action: Literal["delete", "list"] = "delete"

    def standins(self, provider: Provider) -> tuple[Standin, Standin]:
        """Return stand-ins for *provider* and for another origin."""
        return Standin(provider, set(self.holds), []), Standin(None, set(), [])

    def prepare(self, provider: Provider, here: Standin, elsewhere: Standin) -> dict[str, str]:
        """Set the replies of *here*, now that both have an origin, and return the job for a client."""
        here.replies = self.replies(provider, elsewhere.origin)
        here.next_link = elsewhere.origin + "/v1/models?cursor=2" if self.action == "list" else None
        reference = _REFERENCES[provider]
        if self.escapes:
            reference = reference.partition("@")[0] + "@" + _ESCAPES[provider]
        identifier = _ESCAPES[provider] if self.escapes else _IDENTIFIERS[provider]
        return {"origin": here.origin, "action": self.action, "identifier": identifier, "reference": reference}


@dataclass(frozen=True)
class Verdict:
    """Whether a client's result for a case is right, and if not, by which rule."""

    judgement: Judgement
    why: str = ""


def kind_of(said: Mapping[str, object], *, requests: int) -> Kind:
    """Return the meaning of a client's result for its caller.

    An error without an answer of the provider, or an answer that settles nothing (3xx, 5xx, an unreadable 2xx), means
    doubt, not denial, unless nothing was ever sent. With a bare 404, the caller has only the number.
    """
    if "listed" in said:
        return "listed"
    if "status" in said:
        kinds: dict[object, Kind] = {"deleted": "success", "accepted": "success", "absent": "absent"}
        return kinds.get(said["status"], "in doubt" if said["status"] == "unknown" else "no")
    if "returned" in said:
        return "no" if said["is_no"] else "success"
    http_status = said.get("http_status")
    if http_status == 404:  # noqa: PLR2004 - not found
        return "absent" if said["raised"] in _NOT_FOUND else "in doubt"
    is_denied = isinstance(http_status, int) and http_status // 100 == 4  # noqa: PLR2004 - the client's own errors
    return "no" if is_denied or not requests else "in doubt"


def judge(case: Case, kind: Kind, here: Standin, elsewhere: Standin) -> Verdict:
    """Compare a client's result with the servers' record, and return the first broken rule."""
    touched = [shown for resource, shown in _SHOWN.items() if resource != "version" and resource in here.deletes]
    is_there, is_deleted = "version" in here.holds, "version" in case.holds - here.holds
    rules = (
        (elsewhere.token_seen, "sent the token to another origin"),
        (bool(touched), f"asked to delete {' and '.join(touched)}"),
        (kind == "success" and is_there, "says success, though it is there"),
        (kind == "absent" and is_there, "says it is not there, though it is"),
        (case.is_documented and kind != "success", "does not recognise the documented success"),
        (kind in {"no", "absent"} and is_deleted, "says failure, though it deleted it"),
    )
    for is_broken, why in rules:
        if is_broken:
            return Verdict("wrong", why)
    return Verdict("left open" if kind == "in doubt" and case.action == "delete" else "right")


def truth(case: Case, here: Standin, elsewhere: Standin) -> str:
    """Return the servers' record in words."""
    lost = case.holds - here.holds
    deleted = [shown for resource, shown in _SHOWN.items() if resource in ({"model"} if "model" in lost else lost)]
    asked = f"{len(here.deletes)} delete{'' if len(here.deletes) == 1 else 's'} sent"
    said = f"{' and '.join(deleted) or 'nothing'} deleted; {asked}"
    return said + ("; the token at another origin" if elsewhere.token_seen else "")


def _success(provider: Provider, _elsewhere: str) -> list[Reply]:
    return [documented(provider, "version")]


def _throttled(provider: Provider, _elsewhere: str) -> list[Reply]:
    """Answer 429 once, with the provider's hint in its usual place, then delete."""
    hints: dict[Provider, Reply] = {
        "replicate": _json({"detail": "Request was throttled. Your rate limit resets in ~1s."}, 429),
        "baseten": _json({"error": "Rate limit exceeded. Please try again later.", "retry_after": 1}, 429),
        "truefoundry": replace(_error(429), headers={"Retry-After": "1"}),
    }
    return [hints[provider], documented(provider, "version")]


def _not_deleted(provider: Provider, _elsewhere: str) -> list[Reply]:
    body: dict[str, object] = _BASETEN_TOMBSTONE if provider == "baseten" else {}
    return [_json(body | {"deleted": False}, 202 if provider == "replicate" else 200)]


def _about_another(provider: Provider, _elsewhere: str) -> list[Reply]:
    bodies: dict[Provider, dict[str, object]] = {
        "replicate": {"id": "9" * 64},
        "baseten": _BASETEN_TOMBSTONE | {"id": "dep3ccc"},
        "truefoundry": {"data": {"manifest": {"name": "churn", "ml_repo": "fraud-repo", "version": 4}}},
    }
    return [_json(bodies[provider], 202 if provider == "replicate" else 200)]


def _always(*replies: Reply) -> Callable[[Provider, str], list[Reply]]:
    return lambda _provider, _elsewhere: list(replies)


def _redirect(status: int, where: str) -> Reply:
    return Reply(status, headers={"Location": where})


def _json(value: object, status: int = 200, *, deletes: bool = False) -> Reply:
    return Reply(status, json.dumps(value).encode(), deletes=deletes)


def _error(status: int, *, deletes: bool = False) -> Reply:
    words = "not now"
    return _json({"detail": words, "error": words, "message": words, "statusCode": status}, status, deletes=deletes)


CASES = (
    # Replicate deletes a model that has no versions left, and no other.
    Case(_DOTS, _success, holds=frozenset({"model"}), providers=("replicate",), escapes=True),
    Case(_DOTS, _success, providers=("baseten", "truefoundry"), escapes=True),
    Case("the documented success", _success, is_documented=True),
    Case(
        "the documented 202, with `{}`",
        _always(_json({}, 202, deletes=True)),
        is_documented=True,
        providers=("replicate",),
    ),
    Case("deleted, the answer is lost, then 404", _always(Reply(None, deletes=True))),
    Case("deleted, a gateway says 503, then 404", _always(_error(503, deletes=True))),
    Case("409, it is in use", _always(_error(409))),
    Case("200 with an HTML page", _always(Reply(200, HTML, "text/html"))),
    Case("301 to a sign-in page", _always(_redirect(301, "/sign-in"))),
    Case("302 to a sign-in page", _always(_redirect(302, "/sign-in"))),
    Case("308 to another version", lambda provider, _: [_redirect(308, PATHS[provider]["sibling"])]),
    Case("307 to another origin", lambda _, elsewhere: [_redirect(307, elsewhere + "/v1/models")]),
    Case("a list goes on at another origin", _always(_error(500)), providers=("replicate",), action="list"),
    Case("404, it was not there before", _always(_error(500)), holds=frozenset({"sibling", "model"})),
    Case("a gateway's 404 with an HTML page", _always(Reply(404, HTML, "text/html"))),
    Case("429 with a hint, then success", _throttled),
    Case("500, nothing deleted", _always(_error(500))),
    Case("204, nothing deleted", _always(Reply(204))),
    Case("`deleted: false`, as documented", _not_deleted, providers=("baseten",)),
    Case("`deleted: false`, which the page does not mention", _not_deleted, providers=("replicate", "truefoundry")),
    Case("the answer names another version", _about_another),
)

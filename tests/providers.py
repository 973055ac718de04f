"""The facts about each provider that the suites share: from its adapter, its rules and the sandbox, not from a table.

So a provider that `make add-provider` adds is collected by the contract, fault and truth suites without a change here.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

import expunge
from expunge._rules import rules_of
from expunge.config import ProviderSettings
from expunge.sandbox import Sandbox

EXAMPLES: dict[str, tuple[str, str]] = Sandbox(seeded=False).examples
"""Two versions of one model of each provider, which nothing uses: the one that tests delete, and another."""

REFS = {name: ref for name, (ref, _) in EXAMPLES.items()}
OTHERS = {name: other for name, (_, other) in EXAMPLES.items()}


def delete_method(provider: str) -> str:
    """Return the method of the request by which *provider* deletes a version."""
    adapter = expunge.PROVIDERS[provider]
    call = adapter.delete_call(expunge.parse_ref(REFS[provider]), None)
    return rules_of(provider).operations[call.operation].method


METHODS = {name: delete_method(name) for name in REFS}


def is_late(provider: str) -> bool:
    """Return whether *provider* accepts a deletion first and finishes it later."""
    return not expunge.PROVIDERS[provider].deletes_before_answering


def succeeds_with(provider: str) -> set[int]:
    """Return the statuses that *provider* documents for a deletion that worked."""
    adapter = expunge.PROVIDERS[provider]
    call = adapter.delete_call(expunge.parse_ref(REFS[provider]), None)
    return {int(status) for status in rules_of(provider).operations[call.operation].answers if status.startswith("2")}


def settings_of(provider: str, origin: str, token: str) -> ProviderSettings:
    """Return the settings that point a client of *provider* at *origin*."""
    kind = expunge.PROVIDERS[provider].settings
    credential, base = kind.variables
    return kind.from_env({credential: token, base: origin})


class Exchanges(NamedTuple):
    """The answers of the sandbox about the first example: paths, and statuses with bodies.

    `other` and `stranger` are the answers about the other example: to its deletion, and to its read. A body that was
    empty is `b""`.
    """

    target: str
    look: str
    success: tuple[int, Any]
    other: Any
    there: Any
    stranger: Any
    gone: tuple[int, Any]
    others: Mapping[str, Any]


def recorded(provider: str) -> Exchanges:
    """Record what the sandbox's stand-in for *provider* answers to the reads and the delete of one version."""
    ref, another = EXAMPLES[provider]
    with Sandbox(replicate_delay=0.0) as sandbox, httpx.Client() as http:
        settings = expunge.PROVIDERS[provider].settings.from_env(sandbox.environ)
        authorization = expunge.PROVIDERS[provider].authorization(settings.secret)

        def ask(method: str, target: str) -> tuple[int, Any]:
            answer = http.request(method, settings.origin + target, headers={"Authorization": authorization})
            return answer.status_code, json.loads(answer.content) if answer.content else b""

        def asked(name: str) -> tuple[str, str, list[str]]:
            """Return the target of the delete of *name*, of its read, and of all else that a dry run reads."""
            sandbox.reset()
            with expunge.Client(settings) as client:
                client.delete(name, dry_run=True)
                look, *others = (request.target for request in sandbox.requests)
                client.delete(name)
            target = sandbox.requests[-1].target
            sandbox.reset()
            return target, look, others

        target, look, others = asked(ref)
        other_target, other_look, _ = asked(another)
        return Exchanges(
            target=target,
            look=look,
            others={each.partition("?")[0]: ask("GET", each)[1] for each in others},
            there=ask("GET", look)[1],
            stranger=ask("GET", other_look)[1],
            success=ask(METHODS[provider], target),
            gone=ask("GET", look),
            other=ask(METHODS[provider], other_target)[1],
        )

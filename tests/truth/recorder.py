"""The answers of the sandbox to reads, taken once for each state that a world may be in."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from attrs import evolve
from tests.conftest import settings
from tests.providers import OTHERS, REFS

import expunge
from expunge._answer import Answer
from expunge._flow import Call
from expunge._http.session import Session
from expunge.sandbox import Sandbox

AliasPlace: TypeAlias = Literal["nobody", "ours", "neighbour"]

ALIASED = ("truefoundry", "cerebras")
ALIAS = "v2-spare"
NEIGHBOURS = OTHERS


@dataclass(frozen=True)
class State:
    """The things that a read can see: which versions are there, where the alias is, and whether ours serves."""

    is_there: bool = True
    has_neighbour: bool = True
    alias_at: AliasPlace = "nobody"
    has_others: bool = True
    is_live: bool = False


class Recorder:
    """The answers of the sandbox to each read in each state, taken once."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._answers: dict[tuple[str, str, str, State], Answer] = {}
        self._sessions = {
            each.provider: Session(each, expunge.PROVIDERS[each.provider].authorization(each.secret), ())
            for each in settings(sandbox.environ)
        }

    def close(self) -> None:
        """Close the connections."""
        for session in self._sessions.values():
            session.close()

    def read(self, provider: str, effect: Call, state: State) -> Answer:
        """Return what the sandbox answers to *effect* in *state*."""
        key = (provider, effect.operation, str(effect.arguments), state)
        if key not in self._answers:
            self._make(provider, state)
            answer = self._sessions[provider].perform(effect)
            # It is played again at other times.
            headers = {name: value for name, value in answer.headers.items() if name != "date"}
            self._answers[key] = evolve(answer, headers=headers)
        return self._answers[key]

    def _make(self, provider: str, state: State) -> None:
        sandbox = self._sandbox
        sandbox.reset()
        for version in sandbox.cerebras.versions("acme", "gpt-oss-120b"):
            version.aliases.clear()
        if state.alias_at != "nobody":
            self._put_alias(provider, REFS[provider] if state.alias_at == "ours" else NEIGHBOURS[provider])
        if state.is_live:
            self._deploy(provider)
        if not state.has_neighbour:
            sandbox.remove(NEIGHBOURS[provider])
        if not state.has_others:
            for ref in self._others(provider):
                sandbox.remove(ref)
        if not state.is_there:
            sandbox.remove(REFS[provider])

    def _put_alias(self, provider: str, ref: str) -> None:
        sandbox, number = self._sandbox, ref.partition("@")[2]
        if provider == "truefoundry":
            row = sandbox.truefoundry.version("fraud-repo", "churn", int(number))
            assert row is not None
            row.manifest["version_alias"] = ALIAS
        else:
            version = sandbox.cerebras.version("acme", "gpt-oss-120b", number)
            assert version is not None
            version.aliases.append(ALIAS)

    def _deploy(self, provider: str) -> None:
        sandbox = self._sandbox
        model, _, version = REFS[provider].partition(":")[2].partition("@")
        if provider == "truefoundry":
            sandbox.truefoundry.add_app("churn-api", f"model:{sandbox.truefoundry.tenant}/{model}:{version}")
        elif provider == "cerebras":
            sandbox.cerebras.deploy("churn", *model.split("/"), int(version))
        elif provider == "baseten":
            sandbox.baseten.promote(model, version)
        else:
            sandbox.replicate.deploy("churn", *model.split("/"), version)

    def _others(self, provider: str) -> list[str]:
        model = REFS[provider].partition("@")[0]
        with expunge.Client.from_env(self._sandbox.environ) as client:
            return [version.ref for version in client.versions(model) if version.ref != REFS[provider]]

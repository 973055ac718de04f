"""The file of a policy: read as YAML, and checked value by value. `policy.schema.json` is the same for editors."""

import os
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...errors import ConfigurationError, InvalidPolicy
from ...providers._patterns import pattern_of
from ..age_grammar import before
from ..calendar import zone_of
from ..selection import Selection, check_glob
from .node import Node
from .policy import Policy
from .rule import PolicyRule
from .rule_index import RuleIndex

VERSION = 1
"""The version of a policy's format."""

COUNTS = ("last", "daily", "weekly", "monthly", "yearly")
"""Keys of `keep` with a number of versions, or of periods."""

_TOP = ("version", "timezone", "rules", "limits")
_RULE = ("models", "keep", "protect", "delete")
_KEEP = (*COUNTS, "within")
_DELETE = ("older_than", "match")
_LIMITS = ("max_delete", "max_percent")

_LARGEST = 1 << 20
"""Bytes that a policy may have: a hundred thousand rules of some lines."""

_ALL_VERSIONS = 100.0


def read_policy(path: Path) -> Policy:
    """Read and check the policy in the file at *path*.

    Raises:
        InvalidPolicy: It cannot be read, or has a mistake.
    """
    try:
        # Without O_NONBLOCK, a named pipe would block.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:  # noqa: PTH123 - a descriptor
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InvalidPolicy(f"{path} cannot be read: it is not a regular file.")
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise InvalidPolicy(f"{path} cannot be read: {getattr(error, 'strerror', error)}.") from None
    if len(data) > _LARGEST:
        raise InvalidPolicy(f"{path} has more than {_LARGEST:,} bytes, so it is not a policy.")
    return parse_policy(data, str(path))


def parse_policy(data: bytes, name: str) -> Policy:
    """Check *data*, the content of a policy file; messages call it *name*.

    Raises:
        InvalidPolicy: It has a mistake.
    """
    root = _root_of(data, name)
    found = root.keys("a policy", _TOP, ("version", "rules"))
    if found["version"].integer(1) != VERSION:
        raise found["version"].unfit(f"{VERSION}, the only version that this expunge reads")
    common: dict[str, Any] = {}
    if "timezone" in found:
        found["timezone"].parsed(zone_of, "a time zone, such as Europe/Berlin")
        common["timezone"] = found["timezone"].value
    if "limits" in found:
        limits = found["limits"].keys("limits", _LIMITS)
        if "max_delete" in limits:
            common["max_delete"] = limits["max_delete"].integer(0)
        if "max_percent" in limits:
            common["max_percent"] = limits["max_percent"].number(0, _ALL_VERSIONS)
    nodes = found["rules"].items("rules")
    rules = [_rule(node, number, common) for number, node in enumerate(nodes, 1)]
    earlier = RuleIndex()
    for node, rule in zip(nodes, rules, strict=True):
        _require_reachable(node, rule, earlier)
        _require_effect(node, rule, rules)
        earlier.add(rule)
    return Policy(name=name, sha256=sha256(data).hexdigest(), rules=tuple(rules))


def _root_of(data: bytes, name: str) -> Node:
    try:
        from ..._yaml import YamlError, load_with_lines  # noqa: PLC0415 - PyYAML is in an extra
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        raise ConfigurationError("A policy needs PyYAML. Install it with: pip install 'expunge[cli]'") from None
    try:
        value, lines = load_with_lines(data.decode())
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InvalidPolicy(f"{name}:{line}: This is not UTF-8 text.") from None
    except YamlError as error:
        raise InvalidPolicy(f"{name}:{error.line or 1}: {error.problem}.") from None
    return Node(value, (), name, lines)


def _rule(node: Node, number: int, common: dict[str, Any]) -> PolicyRule:
    found = node.keys("a rule", _RULE, ("models",))
    if "keep" not in found and "delete" not in found:
        raise node.wrong("A rule has neither keep nor delete, so it selects nothing; it needs one of them.")
    selectors = dict(common)
    patterns = [item.parsed(pattern_of, "a model, such as baseten:*") for item in _models(found["models"])]
    if "protect" in found:
        selectors["protect"] = _globs(found["protect"])
    if "keep" in found:
        keep = found["keep"].keys("keep", _KEEP)
        selectors |= {f"keep_{name}": keep[name].integer(1) for name in COUNTS if name in keep}
        if "within" in keep:
            selectors["keep_within"] = _age(keep["within"])
    if "delete" in found:
        delete = found["delete"].keys("delete", _DELETE)
        if "older_than" in delete:
            selectors["older_than"] = _age(delete["older_than"])
        if "match" in delete:
            selectors["match"] = _globs(delete["match"])
    return PolicyRule(number=number, line=node.line, patterns=tuple(patterns), selection=Selection(**selectors))


def _models(node: Node) -> list[Node]:
    return node.items("models")


def _globs(node: Node) -> tuple[str, ...]:
    items = node.items("globs")
    for item in items:
        item.parsed(check_glob, "a glob, such as v1-*")
    return tuple(str(item.value) for item in items)


def _age(node: Node) -> str:
    age = node.text("an age, such as 30d")
    node.parsed(lambda text: before(datetime.now(UTC), text), "an age, such as 30d")
    return age


def _require_reachable(node: Node, rule: PolicyRule, earlier: RuleIndex) -> None:
    """Refuse a rule for models that earlier rules take, each of its patterns by one of theirs."""
    takers: dict[int, PolicyRule] = {}
    for pattern in rule.patterns:
        taker = earlier.taker(pattern)
        if taker is None:
            return
        takers[taker.number] = taker
    which = " and ".join(f"rule {number} (line {takers[number].line})" for number in sorted(takers))
    raise node.wrong(
        f"No model can reach rule {rule.number}: {which} {'takes' if len(takers) == 1 else 'take'} all of its models. "
        "The first rule that fits applies; move this one up, or remove it."
    )


def _require_effect(node: Node, rule: PolicyRule, rules: Sequence[PolicyRule]) -> None:
    """Refuse a rule that can never delete, unless it keeps a later rule from some of its models."""
    if rule.matches_nothing:
        raise (
            node.inner("delete")
            .inner("match")
            .wrong(f"Rule {rule.number} can never delete anything: no version's id fits a glob of match.")
        )
    if not rule.protects_everything:
        return
    later = reversed(rules[rule.number :])  # a rule for all other models is usually the last
    if not any(one.overlaps(other) for each in later for one in each.patterns for other in rule.patterns):
        raise node.inner("protect").wrong(
            f"Rule {rule.number} can never delete anything: protect fits every version that it could select. "
            "Narrow protect, or remove the rule."
        )

"""The request behind a plan: selectors for all models, or a policy with options for this plan."""

import os
from collections.abc import Iterable

from ..errors import ConfigurationError
from .policies.policy import Policy
from .selection import MAX_DELETE, SELECTORS, Selection, globs


def requested(
    policy: str | os.PathLike[str] | Policy | None,
    *,
    keep_last: int | None,
    keep_daily: int | None,
    keep_weekly: int | None,
    keep_monthly: int | None,
    keep_yearly: int | None,
    keep_within: str | None,
    older_than: str | None,
    match: str | Iterable[str] | None,
    protect: str | Iterable[str] | None,
    include_aliased: bool,
    assume_not_live: str | Iterable[str] | None,
    at_most: int | None,
    max_delete: int | None,
    max_percent: float | None,
    has_names: bool,
    has_models: bool,
) -> Selection | Policy:
    """Return the selection that the arguments of `client.plan()` ask for, or the policy.

    Raises:
        InvalidPolicy: The policy has a mistake.
        ConfigurationError: An argument does not parse, or is one that a policy excludes.
    """
    selectors = (keep_last, keep_daily, keep_weekly, keep_monthly, keep_yearly, keep_within, older_than, globs(match))
    if policy is not None:
        for name, given in zip(SELECTORS, selectors, strict=True):
            if given not in {None, ()}:
                raise ConfigurationError(f"The policy has the selectors; leave out {name}.", settings=(name,))
        if has_names or has_models:
            raise ConfigurationError("The policy names the models; give no other models or versions.")
        return (policy if isinstance(policy, Policy) else Policy.load(policy)).with_options(
            protect=globs(protect),
            include_aliased=include_aliased,
            assume_not_live=globs(assume_not_live),
            at_most=at_most,
            max_delete=max_delete,
            max_percent=max_percent,
        )
    return Selection(
        keep_last=keep_last,
        keep_daily=keep_daily,
        keep_weekly=keep_weekly,
        keep_monthly=keep_monthly,
        keep_yearly=keep_yearly,
        keep_within=keep_within,
        older_than=older_than,
        match=globs(match),
        protect=globs(protect),
        include_aliased=include_aliased,
        assume_not_live=globs(assume_not_live),
        at_most=at_most,
        max_delete=MAX_DELETE if max_delete is None else max_delete,
        max_percent=max_percent,
        named=has_names,
    )

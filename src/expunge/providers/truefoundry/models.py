"""TrueFoundry's models, ML repo by ML repo.

Source: `truefoundry-sdk` 0.6.0, `ml_repos/raw_client.py` and `models/raw_client.py`.
"""

from attrs import frozen

from expunge_clients.truefoundry.api.ml_repos import list_ml_repos
from expunge_clients.truefoundry.api.models import list_models
from expunge_clients.truefoundry.models import MLRepoPage, ModelPage
from expunge_clients.truefoundry.models import Model as ModelRow
from expunge_clients.truefoundry.types import UNSET

from ..._answer import Answer
from ..._flow import LIST_BODY, Call, Flow, call
from ...refs import shown
from ...types import Model
from .._adapter import ModelsPage
from .._failed_reads import Absent, ReadFailed
from .._reads import parsed
from .paging import Paging
from .reference import TrueFoundryReference
from .versions_and_aliases import ml_repo_id, name_of_repo

_MOST = 100_000
"""ML repos, and models of one, that are read."""


@frozen
class _Repo:
    """An ML repo: its id and its name."""

    id: str
    name: str


@frozen(eq=False)
class _Place:
    """The place of the next page: the first of the ML repos that are left, and its list."""

    repos: tuple[_Repo, ...]
    paging: Paging


def models_page(scope: str | None, following: object) -> Flow[ModelsPage]:
    """Read one page of the models of the ML repo *scope*, or of all ML repos."""
    if isinstance(following, _Place):
        place = following
    else:
        repos = (yield from _all_repos()) if scope is None else (_Repo((yield from ml_repo_id(scope)), scope),)
        place = _Place(repos, _paging())
    if not place.repos:
        return ModelsPage(())
    repo, paging = place.repos[0], place.paging
    arguments: dict[str, object] = {"ml_repo_id": repo.id, **paging.arguments}
    answer = yield from call(Call(endpoint=list_models, arguments=arguments, largest=LIST_BODY))
    try:
        page = parsed(answer, ModelPage)
        names = [_name_of(row, repo, answer) for row in page.data]
        paging.take(answer, names, page.pagination)
    except ReadFailed as error:
        raise ReadFailed(error.answer, f"ML repo {shown(repo.name)}: {error.reason}") from None
    models = tuple(
        Model(ref=str(TrueFoundryReference(repo.name, name)), raw=row)
        for name, row in zip(names, page.data, strict=True)
    )
    left = _Place(place.repos[1:], _paging()) if paging.is_complete else place
    return ModelsPage(models, left if left.repos else None)


def require_model(model: TrueFoundryReference, repo_id: str) -> Flow[None]:
    """Read the models of the ML repo until *model* is among them.

    Raises:
        Absent: The complete list does not have it.
    """
    paging, repo = _paging(), _Repo(repo_id, model.ml_repo)
    while not paging.is_complete:
        arguments: dict[str, object] = {"ml_repo_id": repo.id, **paging.arguments}
        answer = yield from call(Call(endpoint=list_models, arguments=arguments, largest=LIST_BODY))
        page = parsed(answer, ModelPage)
        names = [_name_of(row, repo, answer) for row in page.data]
        if model.name in names:
            return
        paging.take(answer, names, page.pagination)
        if paging.is_complete:
            raise Absent(answer, f"the ML repo {model.ml_repo} has no model {model.name}")


def _paging() -> Paging:
    return Paging("models", _MOST)


def _all_repos() -> Flow[tuple[_Repo, ...]]:
    """Read all pages of ML repos."""
    paging, repos = Paging("ML repos", _MOST), list[_Repo]()
    while not paging.is_complete:
        answer = yield from call(Call(endpoint=list_ml_repos, arguments=paging.arguments, largest=LIST_BODY))
        page = parsed(answer, MLRepoPage)
        paging.take(answer, [row.id for row in page.data], page.pagination)
        for row in page.data:
            name = name_of_repo(row)
            if not isinstance(name, str):
                raise ReadFailed(answer, f"ML repo {shown(row.id)} has no name")
            repos.append(_Repo(row.id, name))
    return tuple(repos)


def _name_of(row: ModelRow, repo: _Repo, answer: Answer) -> str:
    """Return the name of a model, on which the fields of its row must agree."""
    if row.ml_repo_id not in (repo.id, None, UNSET):
        raise ReadFailed(answer, f"a model is of another ML repo, {shown(str(row.ml_repo_id))}")
    fqn = row.fqn if isinstance(row.fqn, str) else ""
    tail = fqn.rpartition("/")[2]
    names = {name for name in (row.name, tail) if isinstance(name, str) and name}
    if len(names) != 1 or (fqn and not fqn.endswith(f"/{repo.name}/{tail}")):
        raise ReadFailed(answer, f"a row does not name one model: name {shown(str(row.name))}, FQN {shown(fqn)}")
    return names.pop()

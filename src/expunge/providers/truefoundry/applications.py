"""TrueFoundry's applications: their manifests name the model versions that they download when they start.

Source: `truefoundry-sdk` 0.6.0, `applications/raw_client.py`, `types/application.py`, `types/application_set.py`,
`types/base_service.py` and `types/true_foundry_artifact_source.py`.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from expunge_clients.truefoundry.api.applications import list_applications
from expunge_clients.truefoundry.models import (
    Application,
    ApplicationDeployment,
    ApplicationManifest,
    ApplicationPage,
    ArtifactsDownload,
)
from expunge_clients.truefoundry.types import UNSET

from ..._answer import Answer
from ..._flow import LIST_BODY, Call, Flow, call
from ..._json import JSON
from ...refs import is_number, shown
from .._failed_reads import ReadFailed
from .._reads import documented, parsed
from .._serving import Found
from .paging import Paging
from .reference import TrueFoundryReference

_FQN = re.compile(r"model:([^/:]+)/([^/:]+)/([^/:]+)(?::([^/:]+))?", re.IGNORECASE)
_FQN_IN_TEXT = re.compile(r"model:([^/:\s]{1,256})/([\w-]{1,256})/([\w-]{1,256})(?::([\w.-]*\w))?", re.IGNORECASE)
"""An FQN in a longer text, such as an argument of a command or the template of an application set."""

_KIND = "truefoundry-artifact"
_MOST_APPLICATIONS = 100_000


def find_downloaded(found: Found) -> Flow[None]:
    """Add the versions that manifests of applications name, anywhere in them; all pages are read.

    Raises:
        ReadFailed: A page could not be read, or the list may not be complete.
    """
    paging, unread = Paging("applications", _MOST_APPLICATIONS), list[ReadFailed]()
    while not paging.is_complete:
        answer = yield from call(Call(endpoint=list_applications, arguments=paging.arguments, largest=LIST_BODY))
        page = parsed(documented(answer), ApplicationPage)
        for application in page.data:
            try:
                _note_all(application, found, answer)
            except ReadFailed as error:
                unread.append(error)  # a later application may still name a version that surely serves
        paging.take(answer, [application.id for application in page.data], page.pagination)
    if unread:
        raise unread[0]


def _note_all(application: Application, found: Found, answer: Answer) -> None:
    """Note the versions that *application* names.

    While a deployment rolls out, the list shows one of two manifests. Then the other may name another version of the
    same model, so the model is in doubt.
    """
    deployment = application.deployment
    manifest = deployment.manifest if isinstance(deployment, ApplicationDeployment) else None
    if not isinstance(manifest, ApplicationManifest):
        # It may have one: no source says that an application without a deployment in the list has none.
        raise ReadFailed(
            answer, f"application {shown(application.id)} is listed without the manifest of its deployment"
        )
    is_rolling_out = application.active_version != application.last_version
    for text in _texts(manifest.to_dict()):
        for named in _FQN_IN_TEXT.finditer(text):
            tenant, ml_repo, name, version = named.groups()
            _note(TrueFoundryReference(ml_repo, name, version, tenant), found)
            if is_rolling_out:
                _doubt(TrueFoundryReference(ml_repo, name, version, tenant), found)
    for fqn in _downloaded(application, manifest, answer):
        _note_download(fqn, found, answer)


def _texts(value: JSON) -> Iterator[str]:
    """Yield each text in *value*, as it is written and, if it is encoded for a URL, as it is meant."""
    left = [value]
    while left:
        match left.pop():
            case str() as text:
                yield text
                if "%" in text:
                    yield unquote(text)
            case list() as items:
                left += items
            case dict() as fields:
                left += fields
                left += fields.values()
            case _:
                pass


def _downloaded(application: Application, manifest: ApplicationManifest, answer: Answer) -> Iterator[str]:
    """Yield the names of artifacts and versions that *application* downloads."""
    download = manifest.artifacts_download
    if download is None or download is UNSET:
        return
    artifacts = download.artifacts if isinstance(download, ArtifactsDownload) else download
    if not isinstance(artifacts, list):
        raise ReadFailed(answer, f"application {shown(application.id)} has a manifest that cannot be read")
    for artifact in artifacts:
        name = artifact.artifact_version_fqn
        if isinstance(name, str):
            yield name
        elif artifact.type_ == _KIND:
            raise ReadFailed(answer, f"application {shown(application.id)} downloads an artifact without a name")


def _note_download(fqn: str, found: Found, answer: Answer) -> None:
    """Note the version that *fqn* names; artifacts of the kind `artifact` are not model versions."""
    if fqn.casefold().startswith("artifact:"):
        return
    named = _FQN.fullmatch(fqn)
    if not named:
        raise ReadFailed(answer, f"an application downloads {shown(fqn)}, which does not name a version")
    tenant, ml_repo, name, version = named.groups()
    _note(TrueFoundryReference(ml_repo, name, version, tenant), found)


def _note(named: TrueFoundryReference, found: Found) -> None:
    """Note that *named* serves; a reference to it may be written with the tenant or without it."""
    version = named.version
    if version is None or (is_number(version) and version.startswith("0")):
        _doubt(named, found)
        return
    for reference in (named, TrueFoundryReference(named.ml_repo, named.name, version)):
        if is_number(version):
            found.add(reference)
        else:
            found.add_alias(reference.model, version)


def _doubt(named: TrueFoundryReference, found: Found) -> None:
    """Note that some version of the model of *named* serves."""
    for reference in (named, TrueFoundryReference(named.ml_repo, named.name)):
        found.doubt(reference.model)

"""TrueFoundry's applications: their manifests name the model versions that they download when they start.

Source: `truefoundry-sdk` 0.6.0, `applications/raw_client.py`, `types/base_service.py` and
`types/true_foundry_artifact_source.py`.
"""

import re
from collections.abc import Iterator

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
from ...refs import is_number, shown
from .._adapter import documented, parsed
from .._failed_reads import ReadFailed
from .._serving import Found
from .paging import Paging
from .reference import TrueFoundryReference

_FQN = re.compile(r"model:([^/:]+)/([^/:]+)/([^/:]+)(?::([^/:]+))?", re.IGNORECASE)
_KIND = "truefoundry-artifact"
_MOST_APPLICATIONS = 100_000


def find_downloaded(found: Found) -> Flow[None]:
    """Add the versions that applications download; all pages are read.

    Raises:
        ReadFailed: A page could not be read, or the list may not be complete.
    """
    paging = Paging("applications", _MOST_APPLICATIONS)
    while not paging.is_complete:
        answer = yield from call(Call(endpoint=list_applications, arguments=paging.arguments, largest=LIST_BODY))
        page = parsed(documented(answer), ApplicationPage)
        for application in page.data:
            for fqn in _downloaded(application, answer):
                _note(fqn, found, answer)
        paging.take(answer, [application.id for application in page.data], page.pagination)


def _downloaded(application: Application, answer: Answer) -> Iterator[str]:
    """Yield the names of artifacts and versions that *application* downloads."""
    deployment = application.deployment
    manifest = deployment.manifest if isinstance(deployment, ApplicationDeployment) else deployment
    download = manifest.artifacts_download if isinstance(manifest, ApplicationManifest) else manifest
    artifacts = download.artifacts if isinstance(download, ArtifactsDownload) else download
    if artifacts is None or artifacts is UNSET:
        return
    if not isinstance(artifacts, list):
        raise ReadFailed(answer, f"application {application.id!r} has a manifest that cannot be read")
    for artifact in artifacts:
        name = artifact.artifact_version_fqn
        if isinstance(name, str):
            yield name
        elif artifact.type_ == _KIND:
            raise ReadFailed(answer, f"application {application.id!r} downloads an artifact without a name")


def _note(fqn: str, found: Found, answer: Answer) -> None:
    """Note the version that *fqn* names; artifacts of the kind `artifact` are not model versions."""
    if fqn.casefold().startswith("artifact:"):
        return
    named = _FQN.fullmatch(fqn)
    if not named:
        raise ReadFailed(answer, f"an application downloads {shown(fqn)}, which does not name a version")
    tenant, ml_repo, name, version = named.groups()
    # A reference may be written with the tenant or without it.
    for reference in (
        TrueFoundryReference(ml_repo, name, version),
        TrueFoundryReference(ml_repo, name, version, tenant),
    ):
        if version is None or (is_number(version) and version.startswith("0")):
            found.doubt(reference.model)
        elif is_number(version):
            found.add(reference)
        else:
            found.add_alias(reference.model, version)

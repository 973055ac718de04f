"""Delete one version after the other through one client, and print the client's result for each.

    python comparison_driver.py CLIENT

It runs in the environment in which CLIENT is installed, so it imports only the standard library until it knows the
client. Each line of standard input is a job: `origin`, `action` (`delete` or `list`), `identifier` as the vendors' SDKs
take it, and `reference` as ours does. Each line of standard output is the result of one job.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

_TOKEN = "r8_compared"  # noqa: S105 - it opens nothing

Job = dict[str, str]
Said = dict[str, object]


def _replicate_1(job: Job) -> Said:
    replicate: Any = import_module("replicate")
    client = replicate.Client(api_token=_TOKEN, base_url=job["origin"])
    if job["action"] == "list":  # of models: its list of versions takes no cursor, so it never goes on
        return {"listed": sum(len(page) for page in replicate.paginate(client.models.list))}
    versions: Any = import_module("replicate.version")
    return _returned(versions.Versions(client, "acme/classifier").delete(job["identifier"]))


def _replicate_2(job: Job) -> Said:
    replicate: Any = import_module("replicate")
    client = replicate.Replicate(bearer_token=_TOKEN, base_url=job["origin"] + "/v1")
    model = {"model_owner": "acme", "model_name": "classifier"}
    if job["action"] == "list":
        return {"listed": len(list(client.models.versions.list(**model)))}
    return _returned(client.models.versions.delete(**model, version_id=job["identifier"]))


def _baseten(job: Job) -> Said:
    baseten: Any = import_module("baseten.client")
    client = baseten.ManagementClient(api_key=_TOKEN, base_url_override=job["origin"])
    tombstone = client.api.delete_models_deployments(model_id="mod3x7q", deployment_id=job["identifier"])
    return _returned(tombstone)


def _truefoundry(job: Job) -> Said:
    truefoundry: Any = import_module("truefoundry_sdk")
    client = truefoundry.TrueFoundry(base_url=job["origin"], api_key=_TOKEN)
    return _returned(client.model_versions.delete(id=job["identifier"]))


def _expunge(job: Job) -> Said:
    expunge: Any = import_module("expunge")
    settings = {
        "replicate": lambda: expunge.Replicate(api_token=_TOKEN, base_url=job["origin"]),
        "baseten": lambda: expunge.Baseten(api_key=_TOKEN, base_url=job["origin"]),
        "truefoundry": lambda: expunge.TrueFoundry(host=job["origin"], api_key=_TOKEN),
    }
    # Without pauses of its own, to be quick; it does wait if the provider asks for it.
    with expunge.Client(settings[job["reference"].partition(":")[0]](), chance=lambda: 0.0) as client:
        try:
            if job["action"] == "list":
                return {"listed": len(list(client.versions(job["reference"].partition("@")[0])))}
            tombstone = client.delete(job["reference"], timeout=20)
        except expunge.ExpungeError as error:
            if error.tombstone is None:
                raise
            tombstone = error.tombstone
    return {"status": tombstone.status, "confirmed_by": tombstone.confirmed_by}


def _returned(value: object) -> Said:
    """Return an SDK's return value as a result; `False`, or an object with `deleted` False, means no."""
    is_no = value is False or getattr(value, "deleted", None) is False
    return {"returned": repr(value), "is_no": is_no}


def _raised(error: Exception) -> Said:
    """Return an exception as a result, with the HTTP status under any name that an SDK uses."""
    numbers = (getattr(error, name, None) for name in ("status_code", "status"))
    status = next((number for number in numbers if isinstance(number, int)), None)
    return {"raised": type(error).__name__, "http_status": status}


CLIENTS: dict[str, Callable[[Job], Said]] = {
    "replicate-1": _replicate_1,
    "replicate-2": _replicate_2,
    "baseten": _baseten,
    "truefoundry-sdk": _truefoundry,
    "expunge": _expunge,
}


def main() -> int:
    """Do the jobs on standard input, one after the other."""
    delete_or_list = CLIENTS[sys.argv[1]]
    for line in sys.stdin:
        try:
            said = delete_or_list(json.loads(line))
        except Exception as error:  # noqa: BLE001 - any exception of an SDK is its result
            said = _raised(error)
        print(json.dumps(said), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

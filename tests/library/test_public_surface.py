"""The names that users import, the twins, and errors that survive a trip."""

import copy
import inspect
import pickle
import subprocess
import sys
from datetime import UTC, datetime

import pytest

import expunge

DOCUMENTED = {
    *("Client", "AsyncClient", "PROVIDERS", "parse_ref", "Reference", "Tombstone", "Version", "Model", "Plan"),
    *("Policy", "InvalidPolicy"),
    *("Secret", "__version__", "InvalidPlan", "PlanTooLarge", "InvalidJournal", "JournalFailed"),
    *("TrueFoundry", "Cerebras", "Baseten", "Replicate"),
    *("Status", "Scope", "ConfirmedBy", "ProviderName"),
    *("ExpungeError", "InvalidReference", "ConfigurationError", "NotFound", "AuthenticationError"),
    *("PermissionDenied", "ValidationError", "Refused", "RateLimited", "TransportError", "ProviderError"),
    *("UnexpectedResponse", "Unconfirmed"),
}
ERRORS = [
    value
    for value in (getattr(expunge, name) for name in expunge.__all__)
    if isinstance(value, type) and issubclass(value, expunge.ExpungeError)
]


def test_public_names_are_exactly_those_documented():
    assert set(expunge.__all__) == DOCUMENTED
    assert set(dir(expunge)) == DOCUMENTED


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_every_public_name_can_be_imported(name):
    assert getattr(expunge, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        expunge.nonsense  # noqa: B018 - the look-up is the test


@pytest.mark.parametrize("name", ["config", "errors", "events", "refs", "types"])
def test_a_public_module_needs_no_import_of_its_own(name):
    code = f"import expunge; assert expunge.{name}.__name__ == 'expunge.{name}'"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_errors_show_the_name_that_people_import():
    assert repr(expunge.NotFound) == "<class 'expunge.NotFound'>"


def methods(kind):
    return {
        name: [(key, value.kind, value.default) for key, value in inspect.signature(member).parameters.items()]
        for name, member in vars(kind).items()
        if not name.startswith("_") and callable(member)
    }


def test_both_clients_have_the_same_methods_with_the_same_parameters():
    blocking, awaited = methods(expunge.Client), methods(expunge.AsyncClient)

    assert blocking.pop("close") == awaited.pop("aclose")
    assert blocking == awaited


def test_importing_the_package_loads_no_http_client():
    """It costs next to nothing until something is used."""
    program = "import sys, expunge; print(sorted({'httpx', 'attr', 'rich', 'typer'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301 - our own bytes
def test_errors_survive_a_trip(kind, travel):
    """A pool of processes, or a queue, must not lose what is known."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    error = kind("what happened", ref="baseten:a@b")
    error.http_status = 418
    error.tombstone = expunge.Tombstone(
        ref="baseten:a@b",
        requested_ref="baseten:a@b",
        provider="baseten",
        scope="version",
        status="unknown",
        requested_at=moment,
        settled_at=moment,
    )

    arrived = travel(error)

    assert (str(arrived), arrived.ref, arrived.http_status) == ("what happened", "baseten:a@b", 418)
    assert arrived.tombstone == error.tombstone
    assert type(arrived) is kind


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_has_an_exit_code(kind):
    assert kind("x").exit_code in {1, 2, 3}


def test_a_tombstone_is_json_with_rfc_3339_times():
    moment = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)
    tombstone = expunge.Tombstone(
        ref="baseten:a@b",
        requested_ref="baseten:a@b",
        provider="baseten",
        scope="version",
        status="deleted",
        confirmed_by="response",
        attempts=1,
        http_status=200,
        request_id="r-1",
        requested_at=moment,
        settled_at=moment,
        detail="It is gone.",
    )

    assert tombstone.to_dict() == {
        "ref": "baseten:a@b",
        "requested_ref": "baseten:a@b",
        "provider": "baseten",
        "scope": "version",
        "status": "deleted",
        "confirmed_by": "response",
        "attempts": 1,
        "http_status": 200,
        "request_id": "r-1",
        "requested_at": "2026-01-01T12:30:00.000Z",
        "settled_at": "2026-01-01T12:30:00.000Z",
        "detail": "It is gone.",
    }
    with pytest.raises(AttributeError):
        tombstone.status = "failed"  # type: ignore[misc]  # that it cannot is the test

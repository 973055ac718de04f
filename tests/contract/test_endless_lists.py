"""A list without an end: `versions()` goes on as long as it is asked to, and everything else ends."""

import asyncio
import json
from contextlib import contextmanager
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.conftest import Awaited, SteppedClock
from tests.http.loopback import TOKEN, answer, request_of, serving

import expunge
from expunge.plans import planning

MODEL = "truefoundry:repo/m"


def row(number):
    manifest = {"name": "m", "ml_repo": "repo", "version": number, "metadata": {}}
    return {"id": f"mv-{number}", "fqn": f"model:acme/repo/m:{number}", "ml_repo_id": "41", "manifest": manifest}


def page(offset, total):
    """A page of the newest rows first, in a list that states *total* rows."""
    rows = [row(10**9 - number) for number in range(offset, offset + 100)]
    return {"data": rows, "pagination": {"total": total, "offset": offset, "limit": 100}}


@pytest.fixture(params=["sync", "async"])
def listing(request):
    """Return a context manager: a client of a TrueFoundry whose list states *total_at(offset)* rows."""

    @contextmanager
    def listed(total_at, seconds_for_a_page=0.0):
        clock = SteppedClock()
        offsets = []

        def serve(_server, connection, _number):
            while request := request_of(connection):
                method, target, _ = request.split(b" ", 2)
                place = urlsplit(target.decode())
                if method == b"POST":
                    connection.sendall(answer(b"{}", 500))
                    return
                if place.path.endswith("/ml-repos"):
                    body = {"data": [{"id": "41", "manifest": {"name": "repo"}}], "pagination": {"total": 1}}
                elif place.path.endswith("/apps"):
                    body = {"data": [], "pagination": {"total": 0}}
                else:
                    offset = int(parse_qs(place.query)["offset"][0])
                    offsets.append(offset)
                    clock.time += seconds_for_a_page
                    body = page(offset, total_at(offset))
                connection.sendall(answer(json.dumps(body).encode()))

        with serving(serve) as server:
            settings = expunge.TrueFoundry(host=server.origin, api_key=TOKEN)
            if request.param == "sync":
                with expunge.Client(settings, clock=clock) as client:
                    yield client, offsets
                return
            with asyncio.Runner() as runner:
                client = expunge.AsyncClient(settings, clock=clock)
                yield Awaited(client, runner), offsets
                runner.run(client.aclose())

    return listed


def endless(offset):
    return offset + 200


@pytest.mark.parametrize("version", ["v-latest", "3"])
def test_a_read_ends_with_its_time(version, listing):
    """It takes five minutes at most: the default of a deletion."""
    with listing(endless, seconds_for_a_page=60.0) as (client, offsets):
        with pytest.raises(expunge.TransportError, match=r"could not be read: the time for it was over"):
            client.get(f"{MODEL}@{version}")

        assert offsets == [0, 100, 200, 300, 400]


@pytest.mark.parametrize(
    ("total_at", "pages"),
    [
        pytest.param(lambda _offset: 1_000_001, 1, id="at-once"),
        pytest.param(lambda offset: 600_000 + 2_000 * offset, 4, id="while-it-is-read"),
    ],
)
def test_a_list_of_too_many_rows_is_not_read_to_find_one(total_at, pages, listing):
    with listing(total_at) as (client, offsets):
        with pytest.raises(expunge.UnexpectedResponse, match=r"states 1,\d+,\d+ rows, and 1,000,000 are read at most"):
            client.get(f"{MODEL}@v-latest")

        assert len(offsets) == pages


def test_an_alias_in_an_endless_list_is_not_deleted(listing):
    with listing(endless, seconds_for_a_page=60.0) as (client, _), pytest.raises(expunge.ExpungeError) as raised:
        client.delete(f"{MODEL}@v-latest", timeout=150)

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("failed", 0)


def test_a_read_back_in_an_endless_list_settles_nothing(listing):
    with listing(endless, seconds_for_a_page=60.0) as (client, offsets):
        with pytest.raises(expunge.Unconfirmed) as raised:
            client.delete(f"{MODEL}@3", timeout=150)

        assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("unknown", 1)
        assert len(offsets) < 10


def test_a_plan_of_an_endless_list_ends(listing, monkeypatch):
    monkeypatch.setattr(planning, "_MOST_VERSIONS", 500)

    with listing(endless) as (client, offsets):
        with pytest.raises(expunge.UnexpectedResponse, match="more than 500 versions, so its list may have no end"):
            client.plan(MODEL, keep_last=1)

        assert len(offsets) == 6


@pytest.mark.parametrize("listing", ["sync"], indirect=True)
def test_a_list_is_read_for_as_long_as_its_versions_are_taken(listing):
    with listing(endless, seconds_for_a_page=60.0) as (client, _):
        assert len(list(islice(client.versions(MODEL), 2_000))) == 2_000

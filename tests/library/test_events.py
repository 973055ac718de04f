"""A listener hears of each change of state, in order, and cannot disturb it."""

import asyncio
import logging

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.conftest import settings
from tests.project.markdown import blocks
from tests.trees import ROOT

import expunge

DOCUMENT = ROOT / "docs" / "events.md"
REF = "cerebras:acme/gpt-oss-120b@2"


@pytest.fixture(params=["sync", "async"])
def delete(request, sandbox, clock):
    """Return a function that deletes with listeners, by either client."""

    def run(ref, *listeners, **options):
        if request.param == "sync":
            with expunge.Client(*settings(sandbox.environ), listeners=listeners, clock=clock) as client:
                return client.delete(ref, **options)

        async def awaited():
            async with expunge.AsyncClient(*settings(sandbox.environ), listeners=listeners, clock=clock) as client:
                return await client.delete(ref, **options)

        return asyncio.run(awaited())

    return run


def test_each_change_of_state_is_reported_in_order(delete, sandbox):
    events = []
    sandbox.answer_next("cerebras", "DELETE", 429, {}, {"Retry-After": "7"})
    sandbox.answer_next("cerebras", "DELETE", 500, {}, takes_effect=True)

    tombstone = delete(REF, events.append)

    assert [(event.kind, event.attempts, event.http_status, event.seconds) for event in events] == [
        ("attempt", 1, 429, None),
        ("retry", 1, 429, 7.0),
        ("attempt", 2, 500, None),
        ("read_back", 2, 404, None),
        ("settled", 2, 500, None),
    ]
    assert events[-1].tombstone == tombstone
    assert {(event.requested_ref, event.ref, event.provider) for event in events} == {(REF, REF, "cerebras")}
    assert all(event.at.utcoffset() is not None for event in events)


def test_an_alias_is_reported_by_the_number_that_it_had(delete):
    events = []

    delete("cerebras:acme/gpt-oss-120b@production", events.append)

    assert {event.requested_ref for event in events} == {"cerebras:acme/gpt-oss-120b@production"}
    assert events[-1].ref != events[-1].requested_ref


def test_listeners_are_taken_with_settings_from_the_environment(sandbox):
    events = []
    with expunge.Client.from_env(sandbox.environ, listeners=[events.append]) as client:
        client.delete(REF)

    assert [event.kind for event in events] == ["attempt", "settled"]


def test_a_listener_that_fails_changes_nothing_and_is_logged(delete, caplog):
    events = []

    def broken(event):
        raise RuntimeError(event.kind)

    assert delete(REF, broken, events.append).status == "deleted"
    assert [event.kind for event in events] == ["attempt", "settled"]
    assert "a listener failed on attempt" in caplog.text


def test_logs_are_structured(delete, caplog):
    caplog.set_level(logging.INFO, "expunge")

    delete(REF)

    records = [record for record in caplog.records if record.name == "expunge"]
    assert [record.expunge_kind for record in records] == ["attempt", "settled"]
    assert records[-1].expunge_tombstone.status == "deleted"


def test_nothing_is_printed_unless_an_application_asks(delete, capfd):
    delete(REF)

    assert capfd.readouterr() == ("", "")


def test_the_documented_example_makes_a_span_a_deletion(delete, sandbox, monkeypatch):
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    (example,) = (block.text for block in blocks(DOCUMENT, "python") if "opentelemetry" in block.text)
    for name, value in sandbox.environ.items():
        monkeypatch.setenv(name, value)
    names = {}
    exec(example, names)  # noqa: S102 - the example is what is tested
    names["tracer"] = provider.get_tracer("expunge")
    sandbox.answer_next("cerebras", "DELETE", 429, {}, {"Retry-After": "7"})

    delete(REF, names["to_span"])

    (span,) = exporter.get_finished_spans()
    assert span.attributes["expunge.ref"] == REF
    assert [event.name for event in span.events] == ["attempt", "retry", "attempt", "settled"]
    assert names["spans"] == {}
    assert trace.get_current_span().is_recording() is False

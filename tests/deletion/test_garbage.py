"""A deletion that has ended is gone with its last name: a run of many must not wait for the garbage collector."""

import asyncio
import gc

import pytest

import expunge
from expunge._deletion.machine import Deletion

REF = "cerebras:acme/gpt-oss-120b@2"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_nothing_of_a_deletion_waits_for_the_garbage_collector(kind, sandbox):
    async def awaited():
        async with expunge.AsyncClient.from_env(sandbox.environ) as client:
            return await client.delete(REF)

    gc.collect()
    gc.disable()
    try:
        if kind == "sync":
            with expunge.Client.from_env(sandbox.environ) as client:
                tombstone = client.delete(REF)
        else:
            tombstone = asyncio.run(awaited())
        left = [each for each in gc.get_objects() if isinstance(each, Deletion)]
    finally:
        gc.enable()

    assert tombstone.status == "deleted"
    assert left == []

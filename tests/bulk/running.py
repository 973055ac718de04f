"""Running several deletions with either client."""

import asyncio

import pytest

import expunge

REFS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(11, 19)]


def delete_many(kind, environ, refs, seen, listeners=(), **options):
    """Delete *refs* with either client, and tell *seen* of each result when it is there."""
    if kind == "sync":
        with expunge.Client.from_env(environ, listeners=listeners) as client:
            for tombstone in client.delete_many(refs, **options):
                seen(tombstone)
        return

    async def run():
        async with expunge.AsyncClient.from_env(environ, listeners=listeners) as client:
            async for tombstone in client.delete_many(refs, **options):
                seen(tombstone)

    asyncio.run(run())


both = pytest.mark.parametrize("kind", ["sync", "async"])

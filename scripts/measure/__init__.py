"""Measuring what expunge costs, against httpx, the vendors' SDKs and its own past, in one run."""

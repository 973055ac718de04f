"""Many deletions at once."""

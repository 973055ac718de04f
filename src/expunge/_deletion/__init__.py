"""One deletion, from the reference to the tombstone."""

"""A run of several deletions: its references, its options, and how it is written down in a journal."""

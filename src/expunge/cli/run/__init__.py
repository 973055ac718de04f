"""Many deletions in a command: the references, the run, its progress and its outcomes."""

"""The repository's files: which are tracked, how they are replaced."""

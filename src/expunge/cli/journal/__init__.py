"""The journal of a run: its place, and its report in words, lines and CSV."""

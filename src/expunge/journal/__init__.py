"""The durable record of a run: one SQLite file, append-only, whose rows are chained by hash."""

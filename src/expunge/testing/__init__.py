"""The pytest plugin, for tests of code that uses expunge."""

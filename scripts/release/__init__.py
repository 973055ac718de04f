"""Releases: built, checked, uploaded."""

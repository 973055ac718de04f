"""Profiles: hosts by name, and the places of their credentials."""

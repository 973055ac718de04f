"""Policies: rules for many models in one file."""

"""Typed clients, one subpackage a provider, generated from specs/ and overlays/."""

"""Hardening: counted changes to unsafe generated code."""

"""The allow-list: generated code must be code that the hardened templates write."""

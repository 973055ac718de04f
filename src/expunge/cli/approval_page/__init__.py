"""A plan as one HTML page, for approval."""

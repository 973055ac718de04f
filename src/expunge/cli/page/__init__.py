"""A plan as one HTML page, for those who approve it."""

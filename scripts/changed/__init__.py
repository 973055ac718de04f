"""Reports of changes for users."""

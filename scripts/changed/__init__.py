"""Reports of what changed for users."""

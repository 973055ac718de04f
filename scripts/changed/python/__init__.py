"""Changes between two Python packages."""

"""Build, check and upload releases."""

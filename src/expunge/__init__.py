"""Delete model versions on four providers."""

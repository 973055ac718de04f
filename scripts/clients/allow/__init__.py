"""The allow-list: only code that the generator's templates are known to write."""

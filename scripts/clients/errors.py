"""The error that stops a build; it costs nothing to import."""


class BuildError(Exception):
    """Specs, overlays, the generator or the formatter do not fit together."""

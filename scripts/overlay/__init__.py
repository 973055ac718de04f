"""OpenAPI overlays, as the standard defines them; this package knows nothing of OpenAPI itself."""

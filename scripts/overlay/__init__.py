"""OpenAPI overlays, as the standard defines them; knows nothing of OpenAPI."""

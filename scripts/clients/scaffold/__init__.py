"""Begin a provider: an overlay, an adapter, settings and a stand-in, made from the spec of its delete."""

"""The typed clients: generated, hardened, checked."""

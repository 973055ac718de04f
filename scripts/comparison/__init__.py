"""The vendors' SDKs and expunge against one server."""

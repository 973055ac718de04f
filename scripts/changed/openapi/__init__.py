"""Changes between two OpenAPI documents."""

"""From a published page to one valid OpenAPI document."""

"""Generate API classes, models, reference pages and the merged document from `openapi/*.yaml`."""

"""Writes the API classes, the models, their reference pages and the merged document from `openapi/*.yaml`."""

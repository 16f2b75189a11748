"""The implementation of models: base class, fields, JSON and display."""

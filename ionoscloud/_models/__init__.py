"""Models: their base class, fields, JSON and display."""

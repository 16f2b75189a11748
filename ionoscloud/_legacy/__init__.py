"""What exists only for programs written for 5.0.x: mixins that keep the rest of the package free of it."""

"""Mixins for programs written for 5.0.x. The rest of the package does not need them."""

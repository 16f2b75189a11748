"""Mixins with methods that exist only for programs written for 5.0.x."""

"""Expressions of columns that a person writes: read into trees, checked, and computed by our own interpreter."""

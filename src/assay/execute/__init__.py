"""Executors: run jobs inline, or in warm worker processes."""

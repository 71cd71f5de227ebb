"""Which models together, with which weights."""

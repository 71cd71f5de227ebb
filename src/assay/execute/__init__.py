"""Running jobs: inline, or in warm worker processes."""

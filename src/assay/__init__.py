"""Assay: an automated machine-learning researcher."""

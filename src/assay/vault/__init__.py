"""Rows set aside before a search, and the opening that certifies a model on them."""

"""Texts as terms: words and runs of characters as numbers, for whoever reads, divides or inspects texts."""

"""The brief and its plots, drawn from values."""

"""A lab opened for reading, as the values that every face draws."""

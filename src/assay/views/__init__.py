"""A lab opened for reading, as the values that every output (terminal, JSON, pages, Python) is drawn from."""

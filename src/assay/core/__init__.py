"""Values and contracts: the standard library and numpy, no input or output."""

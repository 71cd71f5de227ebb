"""Values and contracts: standard library and numpy only, no input or output."""

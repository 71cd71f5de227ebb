"""What is in a table and what could go wrong with it: columns, leaks, twins, order, drift."""

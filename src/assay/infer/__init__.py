"""Statistical inference: coefficients, tests and intervals for a question about a table."""

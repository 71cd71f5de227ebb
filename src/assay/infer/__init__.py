"""Inference for people: coefficients, tests and intervals for a question somebody asks of a table."""

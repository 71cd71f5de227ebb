"""Solvers that steps and models share: arrays in, coefficients out."""

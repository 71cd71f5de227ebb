"""Functions that people bring: what they may look like, how they are called, and what is checked of their answers."""

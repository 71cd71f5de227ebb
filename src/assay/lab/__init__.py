"""The loop: ask, run, settle, tell; and the doors to it."""

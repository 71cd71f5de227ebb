"""The append-only memory of a lab."""

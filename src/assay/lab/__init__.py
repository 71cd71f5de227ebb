"""One fit from beginning to end, and the door to what it made."""

"""What moves earned in other labs of this person, by kind of task, and what changes the search's own settings."""

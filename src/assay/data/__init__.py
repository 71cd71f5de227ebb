"""Tables: reading files, inferring columns, preparing a task and its split."""

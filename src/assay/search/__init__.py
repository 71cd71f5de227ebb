"""The search: which experiments run, what each results in, and when the search ends."""

"""The search: who is asked next, what each experiment comes to, and when it ends."""

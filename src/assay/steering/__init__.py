"""How a person steers a lab: what is said in plain words, and what comes of it."""

"""The deployable model: a folder or zip of JSON, arrays and native files, and what answers from it."""

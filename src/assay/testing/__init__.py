"""Contract suites and small tables for authors of plug-ins."""

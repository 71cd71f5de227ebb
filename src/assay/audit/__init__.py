"""Everything a lab reports, computed again from what it stored."""

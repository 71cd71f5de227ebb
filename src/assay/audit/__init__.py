"""Everything a lab says, computed again from what it stored."""

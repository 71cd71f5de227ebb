"""Reading tables, understanding their columns, dividing their rows."""

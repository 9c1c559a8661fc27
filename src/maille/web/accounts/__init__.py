"""People: staff and their roles, who may open which page, and the trace of what was done."""

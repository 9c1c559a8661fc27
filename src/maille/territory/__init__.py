"""The territory: communes, EPCI, départements and régions at a date, their old codes and their shapes."""

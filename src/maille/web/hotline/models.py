"""Cases and their events."""

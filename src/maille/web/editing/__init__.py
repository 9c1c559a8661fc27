"""Verifying answers: the queue of those that would move a figure, what is decided of each, and what that changes."""

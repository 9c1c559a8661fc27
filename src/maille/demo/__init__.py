"""A country that answers: simulated authorities that use the real doors."""

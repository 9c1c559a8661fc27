"""The public observatory: what is published, drawn and explained; it reads open datasets and nothing else."""

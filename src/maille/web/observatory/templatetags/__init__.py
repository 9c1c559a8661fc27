"""The filters of the observatory."""

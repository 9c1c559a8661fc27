"""Campaigns: editions of the survey, the authorities drawn, their codes and where they stand."""

"""Answers: the pages that an authority fills in, its drafts, checks, receipt and what is deposited."""

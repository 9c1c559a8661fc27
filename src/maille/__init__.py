"""Maille: knowing, and acting on, the local social action of France."""

__version__ = "0.1.0"

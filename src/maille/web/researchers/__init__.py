"""Researchers: who asks for a file, who grants it, what is signed, what was downloaded, what may be taken out."""

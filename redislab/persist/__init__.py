"""Keeps an engine's data in a file and brings it back."""

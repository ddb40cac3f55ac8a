"""Mirrors: a whole home as plain files, which anybody checks with nothing but this package."""

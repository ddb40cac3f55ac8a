"""Jobs: what runs where, within which limits, and how its outcome comes back."""

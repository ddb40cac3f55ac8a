"""Records, keys, amounts, errors and settings: what every room may import."""

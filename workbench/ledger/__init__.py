"""Money rules: postings, balances and the one rounding, in whole micro-credits."""

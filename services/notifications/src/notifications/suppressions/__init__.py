"""Suppressions: the addresses that are not mailed any more, and how operators look them up and lift them."""

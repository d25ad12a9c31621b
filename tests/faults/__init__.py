"""Faults of `faults.md`'s kinds, caused for real and seen through the whole product."""

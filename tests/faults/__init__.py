"""Faults of every kind, caused for real and seen through the whole product."""

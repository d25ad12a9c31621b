"""The Log: a row for each email that was attempted, its attempts, and its search index.

Its rows are written by `store.claims` with the attempts they tell of; here they are read.
The index is filled beside the sending, by `delivery.upkeep`.
"""

"""The life of the window: a single instance, the early first paint, the parts joined, the end.

What is imported before the first paint is kept small here.
None of the features is in here; `assembly` puts them together.
"""

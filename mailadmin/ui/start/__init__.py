"""The life of the window: single instance, early first paint, assembly of the parts, shutdown.

What is imported before the first paint is kept small here. No feature is in here; `assembly`
connects them.
"""

"""The tab Providers, and the provider dialog with its connection test, health and transfer.

What a provider may be is asked of `providers` and `drivers`.
Passwords go to `credentials` and are shown nowhere else.
"""

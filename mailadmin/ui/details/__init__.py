"""The details of one email: facts, attempts, text, attachments, source, decisions.

It reads a stored message in the background; HTML is cleaned in `ui.html`.
Nothing is loaded from outside.
"""

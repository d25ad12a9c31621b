"""The details of one email: facts, attempts, text, attachments, source, decisions.

A stored message is read in the background; its HTML is cleaned in `ui.html`. Nothing is loaded from
outside.
"""

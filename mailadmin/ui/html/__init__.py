"""HTML of messages: cleaned, bounded and laid out.

It gets text and gives text or a document, and loads nothing.
The preview that shows it is `ui.details.preview`.
"""

"""HTML of messages: cleaned, limited in size and laid out.

Text goes in, and text or a document comes out; nothing is loaded. The preview that shows it is
`ui.details.preview`.
"""

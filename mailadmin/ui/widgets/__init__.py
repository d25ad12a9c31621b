"""Small widgets that know nothing of mail: inline messages, progress, forms that wrap.

They use the rooms `words` and `theme` and nothing above.
What belongs to one dialog stays with it.
"""

"""Small widgets that know nothing of mail: inline messages, progress, forms that wrap.

They use the rooms `words` and `theme` and nothing above. A widget of one dialog stays with that
dialog.
"""

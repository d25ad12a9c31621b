"""The look of the window: icons, status colours, light and dark palettes.

Colours come from the palette; a status has an icon and a word as well. Nothing here knows a table
or a dialog.
"""

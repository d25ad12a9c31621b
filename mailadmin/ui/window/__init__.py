"""The main window's frame: menus, toolbar, tabs, status bar, search field.

It is painted before anything else is imported, so it knows no store and no tab's content. What its
actions do is in `ui.commands`.
"""

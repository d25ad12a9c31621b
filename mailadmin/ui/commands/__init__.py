"""What the window does across its tabs: menu commands, ways from row to row, the sender's notices.

Actions of one tab are in the tab.
Widgets are laid out elsewhere.
"""

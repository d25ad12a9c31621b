"""Commands of the whole window: its menu actions, links between tabs, the sender's notices.

The actions of one tab are in the tab. Nothing is laid out here.
"""

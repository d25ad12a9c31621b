"""What every tab with a table is made of: table, filters, counts, actions, empty states.

The tabs themselves are in `ui.mail` and `ui.providers`.
Nothing here knows what a row means.
"""

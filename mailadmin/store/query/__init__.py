"""SQL for tables: first rows, the IDs of all rows in order, pages, counts, text search.

It answers a `tables.query.TableQuery` for any table that a repository describes.
It knows no repository and changes nothing.
"""

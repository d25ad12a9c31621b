"""The queue: accepting mail, what a person does to it, and the removal of what was deleted.

Every way in ends in `Queue.enqueue`, which has committed when it returns.
Claims and what becomes of them are in `store.claims`; rows are read through `store.query`.
"""

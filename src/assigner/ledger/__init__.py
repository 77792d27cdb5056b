"""The ledger of a trial: who was assigned what, when, by whom and why, in entries that can be proved and not changed.

The SQL libraries (extra `ledger`) are loaded with `assigner.ledger.store`, and by nothing before it.
"""

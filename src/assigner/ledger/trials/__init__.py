"""The ledger in the forms of the systems around a trial: each a pure function of the entries."""

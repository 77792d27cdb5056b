"""The kinds of criteria, one module a kind: what each asks of a profile, and what shows it true.

A kind's fields in a rule set are its class in `assigner.rules.criteria`; all else about it is its class here. `kind_of`
in `registry` leads from the one to the other, and the type check fails when a kind is missing there.
"""

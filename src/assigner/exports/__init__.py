"""An assignment in other formats: each a pure function of a trace and its rule set, to plain JSON values.

A time is given by the caller or left out; identifiers are UUIDs of version 5 over the trace's digest. What does not
map is left out and told in the docs, never bent to fit.
"""

"""Packs: what public sources say of a rule set's genes, cut down to one file, and what it says of a variant."""

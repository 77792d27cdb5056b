"""Reviewing a rule set: the finite states of its genes, what each gives, and what that says of the rules."""

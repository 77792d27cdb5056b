"""Checking a rule set: the possible states of each gene, their results, and notices about the rules."""

"""Mutants of a rule set: copies with one value perturbed. Those that no case tells apart show what no case tests."""

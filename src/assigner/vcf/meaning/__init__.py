"""What the records of a file say of a rule set's alleles, markers, repeats and genes."""

"""One record: its grammar, genotype, phase and spelling."""

"""Reading VCF and BCF: from bytes to a profile."""

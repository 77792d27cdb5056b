"""Made-up participants and their VCFs."""

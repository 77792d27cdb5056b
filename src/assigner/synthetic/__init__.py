"""Made-up participants for any outcome, and the writing of VCFs."""

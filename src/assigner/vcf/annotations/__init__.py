"""What annotation fields say of a variant: consequence, ClinVar, predictors."""

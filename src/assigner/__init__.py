"""Map a participant's genetic profile to a category of disease biology and its intervention."""

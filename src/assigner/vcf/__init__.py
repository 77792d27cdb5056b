"""Reading VCF and BCF: from bytes to a profile."""

from assigner.extras import check_reader

check_reader("numpy")  # else whatever is imported first would end with an error of Python

"""Staying current: public sources of evidence are read and compared, and a curator accepts what changes row by row."""

"""The bytes of a file: compression, integrity, digest."""

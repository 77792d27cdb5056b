"""The sources, one module each: from a file in its own format to facts."""

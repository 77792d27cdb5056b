"""The sources of a pack, one module each: a public file, read once from its beginning to its end."""

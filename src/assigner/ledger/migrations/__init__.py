"""The schema of the database, in steps from the first one on. A step never changes what an entry says."""

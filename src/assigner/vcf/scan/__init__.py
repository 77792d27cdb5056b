"""From bytes to the records that a rule set asks about: header, lines, sexes."""

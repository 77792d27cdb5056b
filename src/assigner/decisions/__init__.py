"""From findings to a decision: scores, contests between categories, and whether the decision is settled."""

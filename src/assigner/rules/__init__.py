"""The rule set: what `categories.yaml` says, read whole and checked."""

from assigner.rules.loading import Rules, digest_of, parse_rules, read_rules
from assigner.rules.schema import RuleSet

__all__ = ["RuleSet", "Rules", "digest_of", "parse_rules", "read_rules"]

"""Where an assignment came from, as W3C PROV-JSON: what was used, what was made of it, by which software.

It names things by their digests and tells neither outcome nor genotype.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from assigner.exports.facts import Case, missing_extra, timestamp
from assigner.rules import Rules
from assigner.traces import Trace

_NAMESPACES = {"sha256": "urn:sha256:", "uuid": "urn:uuid:", "assigner": "urn:x-assigner:"}


def provenance(trace: Trace, rules: Rules, *, at: datetime | None = None) -> dict[str, Any]:
    """The provenance of the assignment as PROV-JSON.

    Args:
        trace: the assignment's trace.
        rules: the rule set that decided it.
        at: when it was decided, if the caller knows; a trace does not.

    Raises:
        TraceError: when the trace was changed, or another rule set decided it.
        InputError: when the extra `interchange` is not installed, or the time has no zone.
    """
    try:
        from prov.model import ProvDocument
    except ImportError as error:
        raise missing_extra(error) from error
    case = Case.of(trace, rules)
    timestamp(at)
    document = ProvDocument()
    for prefix, uri in _NAMESPACES.items():
        document.add_namespace(prefix, uri)
    software = document.agent(
        f"uuid:{case.uuid('software')}",
        {
            "prov:type": document.valid_qualified_name("prov:SoftwareAgent"),
            "assigner:name": trace.software.name,
            "assigner:version": trace.software.version,
        },
    )
    reading, deciding = (document.activity(f"uuid:{case.uuid(name)}", other_attributes={"prov:label": name})
                         for name in ("reading", "assignment"))  # fmt: skip
    profile = document.entity(f"uuid:{case.uuid('profile')}", {"prov:type": "profile"})
    rule_set = document.entity(
        f"sha256:{trace.rule_set.digest}",
        {
            "prov:type": "rule set",
            "prov:label": f"{trace.rule_set.id} {trace.rule_set.version}",
            "assigner:status": trace.rule_set.status,
        },
    )
    made = document.entity(f"sha256:{trace.digest}", {"prov:type": "trace", "assigner:schema": trace.schema_version})
    for activity in (reading, deciding):
        document.wasAssociatedWith(activity, software)
    for digest, container in {each.sha256: each.container for each in trace.inputs}.items():
        document.entity(f"sha256:{digest}", {"prov:type": "input", "assigner:container": container})
        document.wasDerivedFrom(profile, f"sha256:{digest}")
    for each in trace.inputs:
        document.used(reading, f"sha256:{each.sha256}", other_attributes={"prov:role": each.role})
    document.wasGeneratedBy(profile, reading)
    document.used(deciding, profile, other_attributes={"prov:role": "profile"})
    document.used(deciding, rule_set, other_attributes={"prov:role": "rule set"})
    document.wasGeneratedBy(made, deciding, time=at)
    document.wasDerivedFrom(made, profile)
    document.wasDerivedFrom(made, rule_set)
    written: dict[str, Any] = json.loads(document.serialize(format="json") or "")
    return written

"""What the answer of a criterion may depend on apart from the data of the gene."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import REFERENCE, Sex
from assigner.profiles.profile import Annotation, Profile


@frozen
class Circumstances:
    """What the answer of a criterion may depend on apart from the data of the gene."""

    build: Build
    sex: Sex | None
    absent: Literal["unknown", "reference"]
    annotated: frozenset[Annotation]
    structural_read: bool
    ancestry: str | None

    @classmethod
    def of(cls, profile: Profile) -> Circumstances:
        """The circumstances of a participant."""
        return cls(
            build=profile.build,
            sex=profile.deciding_sex,
            absent=profile.absent,
            annotated=profile.annotated,
            structural_read=profile.structural_read,
            ancestry=profile.ancestry,
        )

    def profile(self, alleles: Iterable[Variant], covered: bool) -> Profile:
        """A profile in these circumstances with plain reference calls at these alleles and no other data."""
        return Profile(
            participant="default",
            build=self.build,
            sex=self.sex,
            absent=self.absent,
            annotated=self.annotated,
            structural_read=self.structural_read,
            ancestry=self.ancestry,
            alleles=dict.fromkeys(alleles, REFERENCE),
            assessed="all" if covered else {},
        )

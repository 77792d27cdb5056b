"""What the header of a VCF or BCF shows of its file: what it is for, its build, and what annotates it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from attrs import evolve, frozen

from assigner.errors import BuildError, shown
from assigner.genome.builds import Build, chrom_of
from assigner.profiles.profile import Annotation, Role
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.meaning.builds import (
    are_last_positions,
    builds_named,
    by_contigs,
    expect_words,
    of_annotations,
)
from assigner.vcf.meaning.structural import declares_structural, made_for_structural
from assigner.vcf.repeats import holds_repeats
from assigner.vcf.scan.headers import Header

if TYPE_CHECKING:
    from assigner.packs.pack import Pack


def role_of(header: Header) -> Role:
    """The role that a header shows: by the keys that it declares and the contigs that it has."""
    if holds_repeats(header):
        return Role.REPEATS
    if made_for_structural(header):
        return Role.STRUCTURAL
    chroms = {chrom_of(contig) for contig in header.contigs}
    return Role.MITOCHONDRIAL if chroms == {"MT"} else Role.VARIANTS


@frozen(kw_only=True)
class Metadata:
    """What is known of a file by its header.

    Attributes:
        role: what it is for.
        build: the build that its contigs prove or that is declared, if any.
        contigs: the build that its own contigs prove, with the evidence.
        last_positions: whether its contig lengths are the last positions of its records, and prove nothing.
        annotator: what reads its annotations.
        declared: the kinds of annotation that it carries itself.
        packed: those that a pack adds.
        structural: whether it may hold structural variants.
    """

    role: Role
    build: Build | None
    contigs: tuple[Build, str] | None
    last_positions: bool
    annotator: Annotator
    declared: frozenset[Annotation]
    packed: frozenset[Annotation]
    structural: bool

    @classmethod
    def of(cls, header: Header, name: str, role: Role | None, build: Build | None, pack: Pack | None) -> Self:
        """What a header shows.

        Args:
            header: the header.
            name: what errors call the file.
            role: what the caller says that it is for, if anything.
            build: the build that the caller declares, or that the participant's first file has proved.
            pack: what else annotates the file, if anything.

        Raises:
            BuildError: its contigs prove another build than the declared one, or contradict each other.
        """
        role = role or role_of(header)
        last_positions = are_last_positions(header, build)
        contigs = None if last_positions else by_contigs(header, name)
        if contigs is not None and build not in (None, contigs[0]):
            expected = f"{build}, as declared or as in the participant's other file"
            raise BuildError(f"{name}: ##contig lengths", expected, str(contigs[0]))
        if contigs is None and build is not None:
            expect_words(header, build, name)
        descriptions = {key: definition.description or "" for key, definition in header.info.items()}
        annotator = Annotator.from_descriptions(descriptions, name, header.meta)
        made = cls(
            role=role,
            build=contigs[0] if contigs else build,
            contigs=contigs,
            last_positions=last_positions,
            annotator=annotator,
            declared=_annotated(header, annotator),
            packed=_packed(pack, role),
            structural=role is Role.STRUCTURAL or declares_structural(header),
        )
        return made if made.looked_on is None else made.on(made.looked_on, header)

    def on(self, build: Build, header: Header) -> Self:
        """The same without annotations whose own command says that they, or their database, are of another build."""
        annotator = self.annotator
        for database in annotator.databases:
            named = builds_named(database.file)
            if named and build.value not in named:
                why = f"from {shown(database.file)}, which is of {' and '.join(named)}, and the file is on {build}"
                annotator = annotator.without_fields(database.names, why)
        for tool, words in of_annotations(header).items():
            if words and build.value not in words:
                other = f"{' and '.join(sorted(words))} ({shown(min(words.values()))})"
                annotator = annotator.without(tool, f"made on {other}, and the file is on {build}")
        return evolve(self, annotator=annotator, declared=_annotated(header, annotator))

    @property
    def looked_on(self) -> Build | None:
        """The build on which places are looked for; None where on each.

        A declared build is not enough for a file of repeats: its places must show it.
        """
        return None if self.role is Role.REPEATS and self.contigs is None else self.build

    @property
    def annotated(self) -> frozenset[Annotation]:
        """The kinds of annotation that there are of the file, its own and those of a pack."""
        return self.declared | self.packed

    @property
    def in_genes(self) -> bool:
        """Whether whole genes are looked at: for what annotations say, or for what no annotation explains."""
        return bool(self.annotated) or self.role is Role.VARIANTS

    @property
    def names_unexplained(self) -> bool:
        """Whether all that is looked at in genes are some carried variants that no annotation explains."""
        return self.in_genes and not self.annotated and not self.structural


def _packed(pack: Pack | None, role: Role) -> frozenset[Annotation]:
    """The kinds of annotation that a pack adds to a file of small variants."""
    if pack is None or role is not Role.VARIANTS:
        return frozenset()
    return frozenset({"consequence", "clinvar"} if "clinvar" in pack.roles else {"consequence"})


def _annotated(header: Header, annotator: Annotator) -> frozenset[Annotation]:
    """The kinds of annotation that a header declares; ClinVar's may stand in INFO or, prefixed, in VEP's fields."""
    fields = {name for layout in annotator.layouts for name in layout.fields} - annotator.unread
    declared = {*(header.info.keys() - annotator.unread), *(name.rpartition("_")[2].upper() for name in fields)}
    kinds: set[Annotation] = set()
    if annotator.layouts:
        kinds.add("consequence")
    if "CLNSIG" in declared:
        kinds.add("clinvar")
    return frozenset(kinds)

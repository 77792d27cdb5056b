"""How one file's annotations are read: which INFO fields hold consequences, and what the header says of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Self

from attrs import evolve, frozen

from assigner.errors import AnnotationError
from assigner.vcf.annotations.annovar import AnnovarGenes
from assigner.vcf.annotations.clinvar import looks_like_clinvar, may_be_pathogenic
from assigner.vcf.annotations.coherence import may_not_measure
from assigner.vcf.annotations.consequences import MISSING, Consequence, Tool
from assigner.vcf.annotations.databases import SIGNIFICANCE, Database, by_place, databases, note
from assigner.vcf.annotations.layouts import Haplotypes, Layout, fields_of, tool_of
from assigner.vcf.annotations.picks import OUTSIDE, GeneNames
from assigner.vcf.annotations.predictors import is_frequency

NAMED: Final = ("CSQ", "ANN", "BCSQ", "EFF")
"""INFO keys that hold consequences by custom, whatever their Description says."""

_COMMANDS = ("##VEP", "##SnpEffCmd")

_CHOOSES = re.compile(
    r"(?<!\S)(--(pick|pick_allele|pick_allele_gene|per_gene|most_severe|summary|transcript_filter)"
    r"|-(canon(List)?|onlyTr|maxTSL|strict|tag|notag))(?![\w-])"
)
"""Options that leave transcripts out: "Filtering results", VEP documentation; SnpEff's "Command line options"."""


@frozen(kw_only=True)
class Annotator:
    """How the consequences of one file are read.

    Attributes:
        place: the file, as error messages name it.
        layouts: the fields that can be read.
        ignored: fields that are declared as something else, and left alone.
        databases: the files from which fields come, as the header says.
        by_overlap: the fields of INFO or VEP that hold what is said of whatever overlaps the variant.
        unread: those of a database of another build, which say nothing of the variant.
        chooses: whether a command in the header had the program write some of the transcripts only.
        notes: what the header says that a reader of the result must know.
    """

    place: str
    layouts: tuple[Layout | AnnovarGenes, ...] = ()
    ignored: frozenset[str] = frozenset()
    databases: tuple[Database, ...] = ()
    by_overlap: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    chooses: bool = False
    notes: tuple[str, ...] = ()

    @classmethod
    def from_descriptions(cls, descriptions: Mapping[str, str], place: str, meta: Iterable[str] = ()) -> Self:
        """The annotator for a header whose INFO definitions have these Descriptions, and these `##` lines.

        >>> said = "Consequence annotations from Ensembl VEP. Format: Allele|Consequence|SYMBOL|Feature"
        >>> annotator = Annotator.from_descriptions({"CSQ": said}, "P1.vcf")
        >>> ((one,),) = annotator.consequences({"CSQ": "-|stop_lost|TBK1|ENST00000331710"}, "AG", ["A"])
        >>> one.gene_symbol, one.terms, one.allele
        ('TBK1', ('stop_lost',), 1)
        """
        layouts: list[Layout | AnnovarGenes] = []
        ignored, notes, meta = set(), [], tuple(meta)
        for key, description in descriptions.items():
            fields = fields_of(description)
            tool = tool_of(fields)
            if tool and any(other != fields for other in _declared_again(key, meta)):
                ignored.add(key)
                notes.append(f"INFO/{key}: declared several times, with other fields: not read")
            elif tool and len(set(fields)) == len(fields):
                layouts.append(Layout(key=key, tool=tool, fields=fields))
                if tool is Tool.VEP and not {"Allele", "ALLELE_NUM"} & set(fields):
                    notes.append(f"INFO/{key}: no Allele and no ALLELE_NUM: of which ALT it speaks is unknown")
            elif tool:
                ignored.add(key)
                notes.append(f"INFO/{key}: a field is listed twice: not read")
            elif key == "EFF":
                ignored.add(key)
                notes.append("INFO/EFF: SnpEff's form before 4.1 is not read; ANN is")
            elif key in NAMED and fields:
                ignored.add(key)
                notes.append(f"INFO/{key}: lists none of the fields of VEP, SnpEff or bcftools csq: not read")
            elif key in NAMED:
                notes.append(f"INFO/{key}: its Description lists no fields: not read")
        layouts += AnnovarGenes.declared(descriptions)
        named = [name for layout in layouts if layout.tool is Tool.VEP for name in layout.fields]
        found = databases(named, descriptions, meta)
        loose = by_place(found) & {*named, *descriptions, SIGNIFICANCE}
        notes += [said for name in sorted(loose) if (said := note(name)) is not None]
        return cls(
            place=place,
            layouts=tuple(layouts),
            ignored=frozenset(ignored),
            databases=found,
            by_overlap=loose,
            chooses=any(map(_CHOOSES.search, (line for line in meta if line.startswith(_COMMANDS)))),
            notes=tuple(notes),
        )

    def without(self, tool: Tool, why: str) -> Self:
        """The annotator that does not use what a program wrote, and notes why."""
        dropped = tuple(layout for layout in self.layouts if layout.tool is tool)
        if not dropped:
            return self
        return evolve(
            self,
            layouts=tuple(layout for layout in self.layouts if layout.tool is not tool),
            ignored=self.ignored | {layout.key for layout in dropped},
            notes=(*self.notes, *(f"INFO/{layout.key}: not used: {why}" for layout in dropped)),
        )

    def without_fields(self, names: Iterable[str], why: str) -> Self:
        """The annotator that does not read some fields of INFO or VEP, and notes why."""
        new = frozenset(names) - self.unread
        notes = [f"{name}: not used: {why}" for name in sorted(new) if note(name) is not None]
        return evolve(self, unread=self.unread | new, notes=(*self.notes, *notes))

    def may_tell(self, info: Mapping[str, str], asked: re.Pattern[str], named: Sequence[Collection[str]] = ()) -> bool:
        """Whether a record could tell an asked term or a ClinVar classification; False only when it surely does not.

        Args:
            info: the record's INFO values as text.
            asked: finds any of the asked Sequence Ontology terms.
            named: for each gene at the place the accessions that count, without version.
        """
        known = {layout.key for layout in self.layouts}
        if may_be_pathogenic(info):
            return True
        if "CLNSIG" in info or any(key in info and key not in known for key in NAMED):
            return True
        told = ((layout, layout.value(info)) for layout in self.layouts)
        return any(layout.may_tell(value, asked, named) for layout, value in told if value not in MISSING)

    def settles(
        self,
        info: Mapping[str, str],
        ref: str,
        alts: Sequence[str],
        alleles: Collection[str],
        asked: re.Pattern[str],
        genes: Sequence[GeneNames],
    ) -> bool:
        """Whether a record's consequences are about its only ALT, and surely tell nothing that is asked.

        Args:
            info: the record's INFO values as text.
            ref: REF.
            alts: ALT, in order.
            alleles: the ALTs that are alleles, without `*` and `<NON_REF>`.
            asked: finds any of the asked Sequence Ontology terms.
            genes: those at the place.
        """
        told = [layout for layout in self.layouts if layout.value(info) not in MISSING]
        named = [gene.accessions for gene in genes if gene.accessions]
        if not told or len(alleles) != 1 or self.may_tell(info, asked, named):
            return False
        (alt,) = alleles
        if not any(layout.names(layout.value(info), ref, alt) for layout in told):
            return False
        if any(layout.may_be_of_another(layout.value(info), ref, alt) for layout in told):
            return False
        if any(may_not_measure(terms, ref, alt) for layout in told for terms in layout.terms(layout.value(info))):
            return False
        others = [gene for gene in genes if not gene.accessions]
        if not others or alts.count(alt) != 1:
            return not others
        number = alts.index(alt) + 1
        return _name_each(
            others, (each for layout in told for each in layout.of_allele(layout.value(info), ref, alts, number))
        )

    def consequences(
        self, info: Mapping[str, str], ref: str, alts: Sequence[str], haplotypes: Haplotypes | None = None
    ) -> tuple[tuple[Consequence, ...], ...]:
        """For each ALT its consequences, and with each those that could not be tied to an allele.

        Args:
            info: the record's INFO values as text.
            ref: REF.
            alts: ALT, in order.
            haplotypes: the sample's genotype and FORMAT values, for consequences that belong to a haplotype.

        Raises:
            AnnotationError: a field holds listed values and the header does not say which.
        """
        known = {layout.key for layout in self.layouts} | self.ignored
        for key in NAMED:
            if key not in known and ("|" in info.get(key, "") or info.get(key, "").startswith("@")):
                raise AnnotationError(f"{self.place}: INFO/{key}", "a Description that lists its fields", "none")
        found = [
            consequence
            for layout in self.layouts
            if (value := layout.value(info)) not in ("", ".")
            for consequence in layout.read(value, ref, alts, haplotypes)
        ]
        return tuple(
            tuple(each for each in found if each.allele in (number, None)) for number in range(1, len(alts) + 1)
        )


def _declared_again(key: str, meta: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The fields that each of a header's lines of an INFO key lists."""
    for line in meta:
        if line.startswith(f"##INFO=<ID={key},") and (said := re.search(r'Description="([^"]*)"', line)):
            yield fields_of(said[1])


def _name_each(genes: Sequence[GeneNames], consequences: Iterable[Consequence]) -> bool:
    """Whether the consequences of an allele name each of these genes, and say what the allele does inside it."""
    left = list(genes)
    for each in consequences:
        if not OUTSIDE.issuperset(each.terms):
            left = [gene for gene in left if not gene.has(each)]
        if not left:
            return True
    return False


def without_meaning(names: Iterable[str], frequencies: Collection[str]) -> frozenset[str]:
    """Which keys of INFO say neither what a change does, nor what ClinVar makes of it, nor how common it is.

    Args:
        names: the keys that a header declares, none of which lists consequences in its Description.
        frequencies: those that a rule set reads as frequencies.

    >>> sorted(without_meaning(["AC", "CSQ", "CLNDN", "dbNSFP_clinvar_clnsig", "gnomAD_AF", "my_AF", "AF"], ["my_AF"]))
    ['AC', 'AF']
    """
    return frozenset(
        name
        for name in names
        if name not in (*NAMED, *frequencies)
        and not name.startswith("CLN")
        and not looks_like_clinvar(name)
        and not is_frequency(name)
    )

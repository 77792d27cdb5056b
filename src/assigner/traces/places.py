"""Writes the listed places of a panel and the calls there; JSON shared by many participants is cached."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from assigner.canonical import canonical
from assigner.evidence.alike import GeneData
from assigner.evidence.answers import Found
from assigner.evidence.circumstances import Circumstances
from assigner.evidence.contents import GeneContents
from assigner.evidence.first import First
from assigner.evidence.kinds.kind import shown
from assigner.genome.variants import Variant
from assigner.profiles.calls import NOT_ASSESSED, REFERENCE_STATES, Call, State, is_plain_reference
from assigner.profiles.profile import Profile, RepeatSizes
from assigner.profiles.written import call_form
from assigner.rules.loci import Allele, Marker
from assigner.rules.panels import Panel
from assigner.rules.repeats import Repeat
from assigner.values import Private

LocusKind: TypeAlias = Literal["allele", "repeat", "marker", "variant", "structural"]
"""The kinds of places in a trace."""


@frozen(eq=False)
class GenePlaces:
    """The listed places of a gene as canonical JSON.

    Attributes:
        panel: number of places by state, and the ids of places without data.
        loci: by kind, sorted by id: the places with data that are not plain reference.
    """

    panel: bytes
    loci: Mapping[LocusKind, Sequence[bytes]] = field(factory=dict)


@frozen(eq=False)
class Listing:
    """The places of a panel by gene, those of each kind by id.

    Attributes:
        no_data: by gene, what is written if it has no data.
        all_reference: the same for a gene with a plain reference call at each listed allele and no other data.
    """

    alleles: Mapping[str, Sequence[tuple[Variant, Allele]]]
    markers: Mapping[str, Sequence[Marker]]
    repeats: Mapping[str, Sequence[Repeat]]
    no_data: dict[str, GenePlaces] = field(factory=dict, init=False)
    all_reference: dict[str, GenePlaces] = field(factory=dict, init=False)

    @classmethod
    def of(cls, panel: Panel, circumstances: Circumstances) -> Listing:
        """The listed places of a panel, in some circumstances."""
        alleles: dict[str, list[tuple[Variant, Allele]]] = defaultdict(list)
        markers: dict[str, list[Marker]] = defaultdict(list)
        repeats: dict[str, list[Repeat]] = defaultdict(list)
        for variant, allele in sorted(panel.alleles.items(), key=lambda item: item[1].id):
            alleles[allele.gene].append((variant, allele))
        for marker in sorted(panel.markers.values(), key=lambda marker: marker.id):
            markers[marker.gene].append(marker)
        for repeat in sorted(panel.repeats.values(), key=lambda repeat: repeat.id):
            repeats[repeat.gene].append(repeat)
        made = cls(alleles, markers, repeats)
        none, reference = circumstances.profile((), False), circumstances.profile(panel.alleles, False)
        for gene in sorted({*alleles, *markers, *repeats}):
            made.no_data[gene] = GenePlaces(made.places(gene, none).panel)
            made.all_reference[gene] = GenePlaces(made.places(gene, reference).panel)
        return made

    def of_all(self, profile: Profile, found: Found) -> tuple[Iterable[bytes], Mapping[LocusKind, Sequence[bytes]]]:
        """The places of all genes: the panel records, and by kind the loci with data."""
        if found.first is None:
            genes = dict(self.all_reference if found.contents.mostly_reference else self.no_data)
            changed = found.contents.special
        else:
            genes, changed = dict(found.first.cached(self._of_first)), found.differing
        for gene in genes.keys() & changed:
            genes[gene] = self.of_gene(gene, profile, found.contents, found.data)
        loci: dict[LocusKind, list[bytes]] = {"allele": [], "marker": [], "repeat": []}
        for places in genes.values():
            for kind, pieces in places.loci.items():
                loci[kind] += pieces
        return [places.panel for places in genes.values()], loci

    def _of_first(self, first: First) -> Mapping[str, GenePlaces]:
        return {gene: self.of_gene(gene, first.profile, first.contents, first.data) for gene in self.no_data}

    def of_gene(self, gene: str, profile: Profile, contents: GeneContents, data: Mapping[str, GeneData]) -> GenePlaces:
        """The places of a gene; cached where participants of a run share the gene's data."""
        if gene in contents.others or gene in contents.marked:
            return data[gene].cached(self.places_of) if gene in data else self.places(gene, profile)
        return (self.all_reference if gene in contents.reference else self.no_data)[gene]

    def places_of(self, data: GeneData) -> GenePlaces:
        """The places of a gene with these data."""
        return self.places(data.gene, data.profile)

    def places(self, gene: str, profile: Profile) -> GenePlaces:
        """The places of a gene in a profile."""
        alleles = [(allele.id, profile.call(variant)) for variant, allele in self.alleles.get(gene, ())]
        states = Counter(call.state for _, call in alleles)
        others = [_marker(m, profile.markers.get(m.rsid)) for m in self.markers.get(gene, ())]
        others += [_repeat(r, profile.repeats.get(r.id)) for r in self.repeats.get(gene, ())]
        states.update(place["state"] for place in others)
        loci: dict[LocusKind, list[bytes]] = {}
        not_assessed: dict[str, list[str]] = {}

        def write(place: dict[str, Any]) -> None:
            if _has_no_data(place):
                not_assessed.setdefault(place["kind"], []).append(place["id"])
            else:
                loci.setdefault(place["kind"], []).append(canonical(place))

        for name, call in alleles:
            if call is NOT_ASSESSED:
                not_assessed.setdefault("allele", []).append(name)
            elif call.state not in REFERENCE_STATES:
                write(locus(name, gene, "allele", call))
        for place in others:
            write(place)
        return GenePlaces(canonical({"gene": gene, "states": states, "not_assessed": not_assessed}), loci)


@frozen(eq=False, repr=False)
class WrittenCalls(Private):
    """The calls of listed alleles, as written in a profile's form.

    Attributes:
        pieces: JSON of the calls that are not plain reference, by the text of the allele.
        plain: the texts of the alleles with plain reference calls.
    """

    pieces: Mapping[str, bytes]
    plain: frozenset[str]

    def in_order(self) -> list[bytes]:
        """The pieces, sorted by allele."""
        return [self.pieces[text] for text in sorted(self.pieces)]

    def exchanged(self, gone: WrittenCalls, new: WrittenCalls) -> WrittenCalls:
        """A copy without the calls in `gone` and with those in `new`."""
        pieces = {**self.pieces, **new.pieces}
        for text in gone.pieces.keys() - new.pieces.keys():
            del pieces[text]
        return WrittenCalls(pieces, (self.plain - gone.plain) | new.plain)


def calls_of(profile: Profile, found: Found, panel: Panel) -> WrittenCalls:
    """The calls of a profile; cached where participants of a run share a gene's data."""
    first = found.first
    if first is None:
        return _all_calls(profile, found.data)
    gone, new = (
        WrittenCalls(
            {
                text: piece
                for gene in found.differing
                for text, piece in _of_gene(gene, own, data, panel).pieces.items()
            },
            frozenset(text for gene in found.differing for text in _of_gene(gene, own, data, panel).plain),
        )
        for own, data in ((first.profile, first.data), (profile, found.data))
    )
    return first.cached(_calls_of_first).exchanged(gone, new)


def _calls_of_first(first: First) -> WrittenCalls:
    calls = _all_calls(first.profile, first.data)
    return WrittenCalls(dict(sorted(calls.pieces.items())), calls.plain)


def _all_calls(profile: Profile, data: Mapping[str, GeneData]) -> WrittenCalls:
    reference, others = profile.apart
    pieces = {text: piece for own in data.values() for text, piece in own.cached(_of_data).pieces.items()}
    pieces |= {v.text: _call(v, call) for v, call in others.items() if v.text not in pieces}
    return WrittenCalls(pieces, frozenset(variant.text for variant in reference))


def _of_gene(gene: str, profile: Profile, data: Mapping[str, GeneData], panel: Panel) -> WrittenCalls:
    own = data.get(gene)
    return _written((v for v, _ in panel.by_gene.get(gene, ())), profile) if own is None else own.cached(_of_data)


def _of_data(data: GeneData) -> WrittenCalls:
    return _written(data.profile.alleles, data.profile)


def _written(variants: Iterable[Variant], profile: Profile) -> WrittenCalls:
    calls = {variant: call for variant in variants if (call := profile.alleles.get(variant)) is not None}
    plain = frozenset(variant.text for variant, call in calls.items() if is_plain_reference(call))
    return WrittenCalls({v.text: _call(v, call) for v, call in calls.items() if v.text not in plain}, plain)


def _call(variant: Variant, call: Call) -> bytes:
    return canonical({variant.text: call_form(call)})[1:-1]


def _marker(marker: Marker, letters: tuple[str | None, ...] | None) -> dict[str, Any]:
    state = "not_assessed" if letters is None else "no_call" if None in letters else "called"
    return _place(marker.id, marker.gene, "marker", state, "/".join(letter or "." for letter in letters or ()))


def _repeat(repeat: Repeat, sizes: RepeatSizes | None) -> dict[str, Any]:
    if sizes is None:
        return _place(repeat.id, repeat.gene, "repeat", "not_assessed", "")
    state = "low_quality" if sizes.problem else "called"
    return _place(repeat.id, repeat.gene, "repeat", state, str(sizes)) | {"why": sizes.problem}


def locus(name: str, gene: str, kind: LocusKind, call: Call) -> dict[str, Any]:
    """A place with its call."""
    return {
        "id": name,
        "gene": gene,
        "kind": kind,
        "state": call.state.value,
        "shown": shown(call),
        "why": call.why,
        "depth": call.depth,
        "quality": call.quality,
        "fraction": call.fraction if call.fraction is None else format(call.fraction, "f"),
    }


def _has_no_data(place: Mapping[str, Any]) -> bool:
    """Whether a listed place has no data."""
    if place["state"] != State.NOT_ASSESSED:
        return False
    name, kind = place["id"], place["kind"]
    return place == _place(name, place["gene"], kind, place["state"], place["state"] if kind == "allele" else "")


def _place(name: str, gene: str, kind: LocusKind, state: str, text: str) -> dict[str, Any]:
    """A place without details of a call."""
    more = dict.fromkeys(("why", "depth", "quality", "fraction"))
    return {"id": name, "gene": gene, "kind": kind, "state": state, "shown": text} | more

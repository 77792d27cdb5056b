"""What a change does to the codons of a transcript, in the Sequence Ontology's terms as Ensembl VEP uses them."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from assigner.packs.transcripts import Spliced, translated


@frozen(kw_only=True)
class Edit:
    """A change of a spliced transcript, in its direction.

    Attributes:
        spliced: the transcript.
        at: where bases are removed, or put in, from 0.
        removed: how many are removed.
        put: the bases in their place.
    """

    spliced: Spliced
    at: int
    removed: int
    put: str

    @property
    def changed(self) -> str:
        """The spliced sequence with the change."""
        bases = self.spliced.bases
        return bases[: self.at] + self.put + bases[self.at + self.removed :]

    @property
    def protein(self) -> str:
        """The protein read from the same start as before, to its stop or to the end of the transcript."""
        start, _ = self.spliced.transcript.coding_index
        first, behind = self.codons
        before = self.spliced.protein
        if first < 0:  # it begins before the start codon
            residues = translated(self.changed[start:])
        elif self.shifts or behind > 3 * len(before) - 3:
            residues = before[: first // 3] + translated(self.changed[start + first :])
        else:
            residues = before[: first // 3] + translated(self.own_codons[1]) + before[behind // 3 :]
        kept, stop, _ = residues.partition("*")
        return kept + stop

    @property
    def own_codons(self) -> tuple[str, str]:
        """The bases of these codons before the change and after it."""
        first, behind = self.codons
        coding, at = self.spliced.coding, self.at - self.spliced.transcript.coding_index[0]
        return coding[first:behind], coding[first:at] + self.put + coding[at + self.removed : behind]

    @property
    def codons(self) -> tuple[int, int]:
        """The first base of the codons that it meets, and the one behind them, in the coding sequence from 0."""
        first = self.at - self.spliced.transcript.coding_index[0]
        last = first + self.removed - 1 if self.removed else first - (first % 3 == 0)
        return first // 3 * 3, last // 3 * 3 + 3

    @property
    def is_between(self) -> bool:
        """Whether it puts bases between two codons, and meets none."""
        first, behind = self.codons
        return first == behind

    @property
    def residues(self) -> tuple[int, int]:
        """The first and the last residue of these codons, from 1; of an insertion between two codons, both."""
        first, behind = self.codons
        if self.is_between:
            return first // 3, first // 3 + 1
        return first // 3 + 1, behind // 3

    @property
    def shifts(self) -> bool:
        """Whether it moves the reading frame."""
        return (len(self.put) - self.removed) % 3 != 0


def coding_terms(edit: Edit) -> Iterator[str]:
    """The terms of a change that lies wholly in the coding sequence."""
    own, new = edit.own_codons
    before, after = translated(own), translated(new)
    if edit.codons[0] == 0 and own:
        start, _ = edit.spliced.transcript.coding_index
        retained = edit.changed[start : start + 3] == "ATG"
        yield "start_retained_variant" if retained else "start_lost"
        if not retained:
            yield from ("frameshift_variant",) if edit.shifts else ()
            return
    if "*" in before:
        yield from _of_stop(edit, edit.spliced.protein)
        return
    if edit.shifts:
        yield "frameshift_variant"
    if "*" in after:
        yield "stop_gained"
    if not edit.shifts:
        yield from _in_frame(own, new, before, after)


def _of_stop(edit: Edit, protein: str) -> Iterator[str]:
    """The terms of a change that meets the stop codon."""
    changed, gain = edit.protein, len(edit.put) - edit.removed
    kept = not edit.shifts and changed.endswith("*") and len(changed) == len(protein) + gain // 3
    if changed == protein:
        yield "stop_retained_variant"
    elif kept and not gain:
        yield "missense_variant"
    elif kept:
        yield "inframe_insertion" if gain > 0 else "inframe_deletion"
    elif changed.endswith("*") and len(changed) < len(protein) and protein.startswith(changed[:-1]):
        yield "stop_gained"
    else:
        yield "stop_lost"
        if edit.shifts:
            yield "frameshift_variant"
        elif gain:
            yield "inframe_insertion" if gain > 0 else "inframe_deletion"


def _in_frame(own: str, new: str, before: str, after: str) -> Iterator[str]:
    """The terms of a change that moves no frame and meets no stop: codons before and after, with their residues."""
    if len(own) == len(new):
        if before == after:
            yield "synonymous_variant"
        elif "*" not in after:
            yield "missense_variant"
    elif len(new) > len(own):
        yield "inframe_insertion" if new.startswith(own) or new.endswith(own) else "protein_altering_variant"
    else:
        yield "inframe_deletion" if _is_part(new, own) else "protein_altering_variant"


def _is_part(short: str, long: str) -> bool:
    """Whether a text is another one from which one piece is cut.

    >>> _is_part("AAC", "AAACCC"), _is_part("TTT", "AAACCC")
    (True, False)
    """
    same = 0
    while same < len(short) and short[same] == long[same]:
        same += 1
    return long.endswith(short[same:])

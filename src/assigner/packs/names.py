"""Names of changes in HGVS (21.0, hgvs-nomenclature.org): on the transcript, and on the protein as predicted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable

from assigner.genome.hgvs import RESIDUES, complement, reverse_complement
from assigner.packs.changes import Change
from assigner.packs.codons import Edit
from assigner.packs.transcripts import Transcript

_THREE = {letter: name for name, letter in RESIDUES.items() if len(name) == 3}


def position(pos: int, transcript: Transcript) -> str | None:
    """A base as HGVS counts it on a coding transcript: `76`, `-14`, `*46`, `88+2`; None outside the transcript."""
    index = transcript.index(pos)
    if index is not None:
        return _counted(index, transcript)
    first, last = transcript.span
    if not first < pos < last:
        return None
    intron = next(span for span in transcript.introns if span[0] <= pos <= span[1])
    forward = transcript.strand == "plus"
    before, behind = (intron[0] - 1, intron[1] + 1) if forward else (intron[1] + 1, intron[0] - 1)
    from_before, to_behind = abs(pos - before), abs(behind - pos)
    near, offset = (before, f"+{from_before}") if from_before <= to_behind else (behind, f"-{to_behind}")
    at = transcript.index(near)
    assert at is not None
    return f"{_counted(at, transcript)}{offset}"


def _counted(index: int, transcript: Transcript) -> str:
    start, end = transcript.coding_index
    if index < start:
        return f"-{start - index}"
    return f"*{index - end + 1}" if index >= end else str(index - start + 1)


def coding_name(change: Change, transcript: Transcript, base: Callable[[int], str]) -> str | None:
    """The name of a change on a transcript; None when the bases that it needs are not known.

    Args:
        change: where it stands last in the direction of the transcript.
        transcript: the transcript.
        base: the base at a place of the plus strand; `N` where it is not known.
    """
    forward = transcript.strand == "plus"
    removed, put = change.removed, change.put
    if not forward:
        removed, put = reverse_complement(removed), reverse_complement(put)
    first, last = (change.start, change.end) if forward else (change.end, change.start)
    name: str | None
    if not removed:
        name = _inserted(first, put, transcript, base)
    elif len(removed) == len(put) == 1:
        place = position(first, transcript)
        name = None if place is None else f"{place}{removed}>{put}"
    else:
        place = _range(first, last, transcript)
        turned = len(put) > 1 and put == reverse_complement(removed)
        name = None if place is None else f"{place}inv" if turned else f"{place}del" + (f"ins{put}" if put else "")
    known = "N" not in (base(change.start - 1), base(change.end + 1))
    return f"{transcript.accession}:c.{name}" if name is not None and (known or not change.is_pure) else None


def _inserted(first: int, put: str, transcript: Transcript, base: Callable[[int], str]) -> str | None:
    """An insertion: a duplication where the bases before it are the same."""
    forward = transcript.strand == "plus"
    step = 1 if forward else -1
    before = first - step  # the base before the insertion, in the direction of the transcript
    doubled = [before - step * at for at in range(len(put))][::-1]
    bases = "".join(base(pos) for pos in doubled)
    if (bases if forward else complement(bases)) == put:
        place = _range(doubled[0], doubled[-1], transcript)
        return None if place is None else f"{place}dup"
    ends = (position(before, transcript), position(first, transcript))
    return None if None in ends else f"{ends[0]}_{ends[1]}ins{put}"


def _range(first: int, last: int, transcript: Transcript) -> str | None:
    ends = (position(first, transcript), position(last, transcript))
    if None in ends:
        return None
    return str(ends[0]) if first == last else f"{ends[0]}_{ends[1]}"


def protein_name(edit: Edit, terms: Iterable[str]) -> str | None:
    """The name of a coding change on the protein; None where it needs more than one codon's worth of words."""
    accession = edit.spliced.transcript.protein
    told = _protein(edit, frozenset(terms))
    return None if accession is None or told is None else f"{accession}:p.{told}"


def _protein(edit: Edit, terms: frozenset[str]) -> str | None:
    before, after = edit.spliced.protein, edit.protein
    if "start_lost" in terms:
        return "(Met1?)"
    if before == after:
        first, last = edit.residues
        return f"({_residue(before, first - 1)}=)" if first == last <= len(before) else "(=)"
    at = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    if at is None:
        return None
    if after[at] == "*" and ("stop_gained" in terms or edit.shifts):
        return f"({_residue(before, at)}Ter)"
    if before[at] == "*" and ("stop_lost" in terms or edit.shifts):
        return f"(Ter{at + 1}{_THREE[after[at]]}extTer{_to_stop(after, at, 0)})"
    if edit.shifts:
        return f"({_residue(before, at)}{_THREE[after[at]]}fsTer{_to_stop(after, at, 1)})"
    if "stop_lost" in terms:
        return None
    if "stop_gained" in terms:
        last = edit.residues[1] - 1
        new = "".join(_THREE[each] for each in after[at:])
        return f"({_places(before, at, last)}delins{new})" if at <= last and after.endswith("*") else None
    return _in_frame(before, after, at)


def _to_stop(protein: str, at: int, more: int) -> str:
    return str(len(protein) - 1 - at + more) if protein.endswith("*") else "?"


def _residue(protein: str, at: int) -> str:
    return f"{_THREE[protein[at]]}{at + 1}"


def _in_frame(before: str, after: str, at: int) -> str | None:
    """A change that moves no frame: the first residue that differs is `at`, the last ones are the same."""
    most = min(len(before), len(after)) - at
    ends = range(1, most + 1)
    same = bisect_left(ends, True, key=lambda size: before[-size:] != after[-size:])
    lost, new = before[at : len(before) - same], after[at : len(after) - same]
    if "*" in lost + new or not same:
        return None
    last = at + len(lost) - 1
    residues = "".join(_THREE[each] for each in new)
    if not lost:
        if before[max(0, at - len(new)) : at] == new:
            return f"({_places(before, at - len(new), at - 1)}dup)"
        return f"({_residue(before, at - 1)}_{_residue(before, at)}ins{residues})"
    if len(lost) == len(new) == 1:
        return f"({_residue(before, at)}{residues})"
    return f"({_places(before, at, last)}{'del' if not new else f'delins{residues}'})"


def _places(protein: str, first: int, last: int) -> str:
    """One residue, or from one to another one."""
    return _residue(protein, first) if first == last else f"{_residue(protein, first)}_{_residue(protein, last)}"

"""What a faulty file comes to: for each code of the faulty files' manifest our error, or what we record of it.

docs/faults.md shows this table; test_faults.py holds the reader to it, file by file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from assigner.errors import BuildError, ContainerError, HeaderError, InputError, LimitError, RecordError, SampleError
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile


@frozen
class Refusal:
    """A fault for which a file is refused: the error's class, and words that its text must hold."""

    fault: str
    error: type[InputError]
    words: str

    def fits(self, error: InputError) -> bool:
        """Whether an error is just this one, and says where it happened."""
        return type(error) is self.error and bool(error.place) and re.search(self.words, str(error)) is not None


@frozen
class Record:
    """Something odd about a file that is read: a note among the checks, or the state of the call."""

    fault: str
    note: str = ""
    states: tuple[State, ...] = ()
    why: str = ""

    def stands_in(self, profile: Profile, call: Call) -> bool:
        """Whether it is recorded."""
        if self.note:
            notes = (check.evidence for check in profile.checks if check.name.endswith("_note"))
            return any(re.search(self.note, note) for note in notes)
        return call.state in self.states and re.search(self.why, call.why or "") is not None


REFUSED = {
    "E_NOT_A_FILE": Refusal(
        "not there, a folder, a pipe, a device; a symbolic link where `Limits(links=\"refuse\")` says so",
        ContainerError,
        r"a (regular|readable) file; got (a directory|a named pipe|no such file|a symbolic link)",
    ),
    "E_EMPTY": Refusal("no bytes, or no text in them", ContainerError, "an empty file|without text"),
    "E_NOT_VCF": Refusal("something else than VCF or BCF", ContainerError, "a VCF or BCF; got "),
    "E_TRUNCATED": Refusal("no end: of a block, of the file, of a record", ContainerError, "it is truncated"),
    "E_CORRUPT": Refusal(
        "a checksum or a size that does not fit, bytes after the end",
        ContainerError,
        r": byte \d+: expected (a sound|sound|a BGZF block of at most|nothing after)",
    ),
    "E_CHANGED": Refusal("replaced or written to while it is read", ContainerError, "changed while it was being read"),
    "E_HEADER": Refusal(
        "a version, a `#CHROM` line or a declaration without sense", HeaderError, r"(line \d+|BCF header)\b.*; got "
    ),
    "E_ENCODING": Refusal("a sample name that is not UTF-8", HeaderError, "name of a sample in UTF-8"),
    "E_BUILD": Refusal(
        "no build is proved, or two are", BuildError, "genome build|contigs of one build|which the header says is"
    ),
    "E_REF_MISMATCH": Refusal("REF is not the genome's base", BuildError, "REF base of GRCh38"),
    "E_CONTIG": Refusal("a contig that the header does not declare", RecordError, "a CHROM that the header declares"),
    "E_NO_SAMPLE": Refusal("no sample column", SampleError, "nobody's genotypes"),
    "E_SAMPLE_ABSENT": Refusal("no sample of just this name", SampleError, "expected the sample '"),
    "E_SAMPLE_DUPLICATE": Refusal("a sample name twice", SampleError, "the same name in columns"),
    "E_RECORD": Refusal(
        "a record that is not as VCF has it", RecordError, r"(line|record) \d+: (expected|allele count) "
    ),
    "E_GENOTYPE": Refusal(
        "a GT that no record can have", RecordError, r"line \d+: expected (GT|a ploidy)"
    ),
    "E_LIMIT": Refusal("more than a stated limit allows", LimitError, "at most [0-9]+ "),
}  # fmt: skip
"""Every E_ code."""

OWN_WAY = {
    "no_fileformat.vcf": Refusal("no `##fileformat` line", HeaderError, "line 1: expected ##fileformat"),
    "contig_twice.vcf": Refusal("a contig of two lengths", HeaderError, "one length for contig"),
    "contig_length_mangled.vcf": Refusal("a contig length in quotes", HeaderError, "a contig length of digits"),
}
"""Files that are refused by another class than their code's: what is wrong stands in one line of the header."""

RECORDED = {
    "W_SITE_ABSENT": Record("no record of a listed site", states=(State.NOT_ASSESSED,)),
    "W_NO_CALL": Record("no genotype", states=(State.NO_CALL,)),
    "W_HALF_CALL": Record("half a genotype", states=(State.PARTIAL,)),
    "W_FILTERED": Record("a FILTER that the rule set does not accept", states=(State.FILTERED,), why="^filter "),
    "W_PLOIDY": Record("a ploidy that cannot be", states=(State.INVALID,), why="cop(y|ies)"),
    "W_NO_RECORDS": Record("a header alone", "^no records$"),
    "W_CRLF": Record("line ends of two characters", "CRLF"),
    "W_PLAIN_GZIP": Record("gzip that is not BGZF", "^plain gzip, not BGZF$"),
    "W_NAME_MISMATCH": Record("a name that says another container", "^named as compressed, but plain text$"),
    "W_BLANK_LINE": Record("a blank line among the records", r"^line \d+: blank line"),
    "W_COMMENT_LINE": Record("a comment among the records", r"^line \d+: comment among the records"),
    "W_ENCODING": Record("a record that is not UTF-8", r"^line \d+: not UTF-8"),
    "W_UNDECLARED": Record(
        "an INFO, FORMAT or FILTER that the header does not declare", "that the header does not declare|is not declared"
    ),
    "W_DUPLICATE": Record("the same record again", r"^line \d+: a variant that an earlier record holds too"),
    "W_UNSORTED": Record("records that are not in order", "not sorted|do not stand together"),
    "W_CASE": Record("bases in lower case", r"^line \d+: bases in lower case"),
    "W_SPANNING": Record("an allele that another record deletes", r"^line \d+: .* deletes the base \(ALT \*\)"),
    "W_NORMALISED": Record("an allele written with more bases than it needs", r"^line \d+: .*: trimmed"),
    "W_VALUE_RANGE": Record(
        "a value that is not of its type, or beyond its range",
        r"^line \d+: .*(values of another type or number|is not a number)",
    ),
    "W_ANNOTATION": Record("an annotation whose fields are not those declared", r"^INFO/CSQ: "),
    "W_CONTROL_CHAR": Record(
        "a control character, also one that turns the order of letters", r"^line \d+: control char"
    ),
}
"""Every W_ code but `W_INDEX_IGNORED`: an index beside a file changes nothing at all, not a byte of the trace."""


def table() -> str:
    """The Markdown table of docs/faults.md."""
    return "\n" + "\n".join(f"| {' | '.join(row)} |" for row in _rows()) + "\n"


def _rows() -> Iterator[tuple[str, str]]:
    yield "what is wrong", "what `assigner` does"
    yield "---", "---"
    for refusal in (*REFUSED.values(), *OWN_WAY.values()):
        yield refusal.fault, f"refuses it: `{refusal.error.__name__}`"
    for record in RECORDED.values():
        if record.note:
            yield record.fault, "reads it, with a note among the checks"
        elif State.PARTIAL in record.states:
            unless = "unknown, unless the half that is there carries the allele"
            yield record.fault, f"reads it; the call is `{State.PARTIAL}`: {unless}"
        else:
            yield record.fault, f"reads it; the call is `{record.states[0]}`, so unknown"
    yield "the same site twice, with different genotypes", f"reads it; the call is `{State.CONFLICT}`, so unknown"
    yield (
        "an index that is stale, damaged or another file's",
        "reads the whole file without it; the same bytes in the trace",
    )

"""A file that holds several participants: read in one pass, and understood for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from assigner.errors import InputError
from assigner.files import Source
from assigner.genome.builds import Build
from assigner.profiles.profile import Input, Role
from assigner.vcf.bytes.containers import Container, Limits
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.files import File
from assigner.vcf.meaning.known import Known
from assigner.vcf.records.shared_records import SharedRecords
from assigner.vcf.scan.columns import WIDE
from assigner.vcf.scan.fingerprints import Fingerprint
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice
from assigner.vcf.scan.joint import EachAlone, JointScan
from assigner.vcf.scan.joint_scans import scan_all
from assigner.vcf.scan.sexes import Filters

if TYPE_CHECKING:
    from assigner.vcf.scan.plain import PlainReader

_Circumstances = tuple[Role | None, Build | None, int, int]
"""What else a pass depends on: the role and the build that are declared, how far around alleles is looked, the rank."""


@define(eq=False)
class _Pass:
    """What one pass over the file came to.

    Attributes:
        proto: the file as nobody's in particular.
        header: None when the file has no sound one.
        error: why it is refused.
        each_alone: whether each participant's column needs a pass of its own.
    """

    proto: File
    header: Header | None = None
    scan: JointScan | None = None
    input: Input | None = None
    container: Container | None = None
    error: InputError | None = None
    each_alone: bool = False
    records: SharedRecords | None = None
    known: Known = field(factory=Known)

    @classmethod
    def over(cls, source: Source, file: File, *, fingerprint: bool) -> _Pass:
        """Read the file to its end."""
        made = cls(evolve(file, sample=None))

        def choose(header: Header) -> Choice:
            made.header = header
            return made.proto.choice(header)

        try:
            opened = open_source(source, limits=file.limits, threads=file.threads, progress=file.progress)
            made.scan = scan = scan_all(opened, choose, Filters.of(file.rules.content.gates), fingerprint=fingerprint)
            made.known.lasting = scan.lasting
            made.records = SharedRecords(scan.header, scan.lasting, scan.common)
            made.container, made.input = opened.container, made.proto.input_of(opened)
        except EachAlone:
            made.each_alone = True
        except InputError as error:
            made.error = error
        return made

    def take(self, file: File) -> None:
        """Give a participant's file what was read of it.

        Raises:
            InputError: as `File.read`.
        """
        if self.header is not None:
            column = file.column_of(self.header)
            if self.scan is not None:
                proto = self.proto
                file.role, file.container = proto.role, self.container
                file.input = None if self.input is None else file.part_of(self.input, self.header)
                file.contigs, file.last_positions, file.structural = (
                    proto.contigs,
                    proto.last_positions,
                    proto.structural,
                )
                file.annotator = proto.annotator
                file.declared, file.annotated = proto.declared, proto.annotated
                file.known = self.known
                file.scan = self.scan.of(column, self.known.once("plain", lambda: self._plain_reader(file)))
                file.marks = None if self.scan.genotypes is None else self.scan.genotypes.marks(column)
                assert self.records is not None
                file.understand(self.records.read)
        if self.error is not None:
            raise self.error.with_traceback(None)

    def _plain_reader(self, file: File) -> PlainReader | None:
        """What takes plain genotypes out of a participant's lines, where a pass of the participant's own would."""
        assert self.header is not None
        if self.container in (Container.BCF, Container.PLAIN_BCF) or self.header.columns >= WIDE:
            return None
        return file.plain_reader(self.header, 0)


@define(eq=False)
class SharedFile:
    """A file of several participants.

    It is read when first asked for. What is worked out of it for one participant and serves the next one lives as long
    as this value.

    Attributes:
        fingerprint: whether genotypes are taken by which its participants can be held against each other.
    """

    fingerprint: bool = False
    _passes: dict[_Circumstances, _Pass] = field(factory=dict, init=False)

    def read(self, file: File, source: Source) -> None:
        """Read a participant's file, as `File.read` does; the bytes only once for all participants.

        A file that is held against another one of the same participant by genotypes from all over it, or in which how
        far a record reaches depends on the sample, is read for each participant.
        """
        if file.fingerprint is not None or file.quick:
            read_alone(file, source, fingerprint=self.fingerprint)
            return
        key = (file.role, file.build, file.around, file.rank)
        made = self._passes.get(key)
        if made is None:
            made = self._passes[key] = _Pass.over(source, file, fingerprint=self.fingerprint)
        if made.each_alone:
            read_alone(file, source, fingerprint=self.fingerprint)
        else:
            made.take(file)


def read_alone(file: File, source: Source, *, fingerprint: bool) -> None:
    """Read one participant's file.

    Args:
        file: the file.
        source: where it is read.
        fingerprint: whether genotypes are taken by which the participant can be held against others.

    Raises:
        InputError: as `File.read`.
    """
    if fingerprint and file.fingerprint is None and file.role is not Role.REPEATS:
        file.fingerprint = Fingerprint.of(file.rules.content.gates)
    file.read(source)
    if fingerprint and file.fingerprint is not None:
        file.marks = file.fingerprint.marks


class _Enough(Exception):  # noqa: N818
    """The header was read."""

    def __init__(self, header: Header) -> None:
        self.header = header


def samples_in(source: Source, limits: Limits | None = None) -> Sequence[str]:
    """The samples of a VCF or BCF, by its header alone.

    Raises:
        InputError: the file has no sound header.
    """
    return header_of(source, limits).samples


def header_of(source: Source, limits: Limits | None = None) -> Header:
    """The header of a VCF or BCF; nothing else is read.

    Raises:
        InputError: the file has no sound header.
    """

    def stop(header: Header) -> Choice:
        raise _Enough(header)

    try:
        scan_all(open_source(source, limits=limits), stop, Filters())
    except _Enough as found:
        return found.header
    raise AssertionError("a scan asks what is chosen")

"""A file that holds several participants: read in one pass, and understood for each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

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
from assigner.vcf.scan.joint import EachAlone
from assigner.vcf.scan.joint_parts import Asked, Each, Whole, scan_in_parts
from assigner.vcf.scan.joint_scans import scan_all
from assigner.vcf.scan.sexes import Filters

if TYPE_CHECKING:
    from assigner.vcf.scan.plain import PlainReader

Circumstances = tuple[Role | None, Build | None, int, int]
"""What else a pass depends on: the role and the build that are declared, how far around alleles is looked, the rank."""


@frozen
class Parts:
    """Who reads a file in parts.

    Attributes:
        count: how many parts there are at most.
        each: lets somebody read each of them.
    """

    count: int
    each: Each


@define(eq=False)
class _Pass:
    """What one pass over the file came to.

    Attributes:
        proto: the file as nobody's in particular.
        header: None when the file has no sound one.
        whole: what was found; None when it is refused, or each participant's column needs a pass of its own.
        error: why it is refused.
        each_alone: whether each participant's column needs a pass of its own.
    """

    proto: File
    header: Header | None = None
    whole: Whole | None = None
    input: Input | None = None
    error: InputError | None = None
    each_alone: bool = False
    records: SharedRecords | None = None
    known: Known = field(factory=Known)

    @classmethod
    def over(
        cls, source: Source, file: File, *, fingerprint: bool, whole: Whole | None = None, parts: Parts | None = None
    ) -> _Pass:
        """Read the file to its end.

        Args:
            source: where it is read.
            file: somebody's.
            fingerprint: whether genotypes are taken by which the participants can be held against each other.
            whole: what another process has found in it, where one has.
            parts: who reads it in parts, where several do.
        """
        made = cls(evolve(file, sample=None))

        def choose(header: Header) -> Choice:
            made.header = header
            return made.proto.choice(header)

        filters = Filters.of(file.rules.content.gates)
        try:
            if whole is not None:
                choose(whole.scan.header)
            elif parts is not None:
                whole = _in_parts(source, file.limits, choose, filters, fingerprint, parts)
            if whole is None:
                opened = open_source(source, limits=file.limits, threads=file.threads, progress=file.progress)
                scan = scan_all(opened, choose, filters, fingerprint=fingerprint)
                whole = Whole(scan=scan, sha256=opened.digest, size=opened.size, container=opened.container)
            assert made.proto.role is not None
            made.input = Input(made.proto.role.value, whole.sha256, whole.size, whole.container.value)
            made.known.lasting = whole.scan.lasting
            made.records = SharedRecords(whole.scan.header, whole.scan.lasting, whole.scan.common)
            made.whole = whole
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
            if self.whole is not None and self.input is not None:
                proto, scan = self.proto, self.whole.scan
                file.metadata, file.container = proto.metadata, self.whole.container
                file.role = file.metadata.role
                file.input = file.part_of(self.input, self.header)
                file.known = self.known
                file.scan = scan.of(column, self.known.once(("plain", file.alone), lambda: self._plain_reader(file)))
                file.marks = None if scan.genotypes is None else scan.genotypes.marks(column)
                assert self.records is not None
                file.understand(self.records.read)
        if self.error is not None:
            raise self.error.with_traceback(None)

    def _plain_reader(self, file: File) -> PlainReader | None:
        """What takes plain genotypes out of a participant's lines, where a pass of the participant's own would."""
        assert self.header is not None and self.whole is not None
        if self.whole.container in (Container.BCF, Container.PLAIN_BCF) or self.header.columns >= WIDE:
            return None
        return file.questions.plain_reader(self.header, 0)


def _in_parts(
    source: Source,
    limits: Limits,
    choose: Callable[[Header], Choice],
    filters: Filters,
    fingerprint: bool,
    parts: Parts,
) -> Whole | None:
    """What is found by those who read a file in parts; None where it must be read as one.

    Raises:
        InputError: as `choose`.
    """
    if not isinstance(source, str):
        return None
    with open_source(source, limits=limits) as opened:
        if opened.container is not Container.BGZF:
            return None
    header = header_of(source, limits)
    if header.may_reach_by_sample:
        return None
    asked = Asked(
        path=source,
        header=header,
        choice=choose(header),
        filters=filters,
        fingerprint=fingerprint,
        limits=limits,
    )
    return scan_in_parts(asked, parts.count, parts.each)


@define(eq=False)
class SharedFile:
    """A file of several participants.

    It is read when first asked for. What is worked out of it for one participant and serves the next one lives as long
    as this value.

    Attributes:
        fingerprint: whether genotypes are taken by which its participants can be held against each other.
        wholes: what another process has found in it, which is not read again.
        parts: who reads it in parts, where several do.
    """

    fingerprint: bool = False
    wholes: dict[Circumstances, Whole] = field(factory=dict)
    parts: Parts | None = None
    _passes: dict[Circumstances, _Pass] = field(factory=dict, init=False)

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
            whole, parts = self.wholes.get(key), self.parts
            made = _Pass.over(source, file, fingerprint=self.fingerprint, whole=whole, parts=parts)
            self._passes[key] = made
            if made.whole is not None:
                self.wholes[key] = made.whole
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

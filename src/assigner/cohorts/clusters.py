"""Runs a cohort on a Dask cluster: each participant is a task, and only few tasks are submitted at a time."""

from __future__ import annotations

import asyncio
import pickle
import re
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import cache, partial
from itertools import islice
from typing import Any

from attrs import evolve, frozen

from assigner.__about__ import VERSION
from assigner.cohorts.sheets import Participant
from assigner.cohorts.stamps import Sent, Stamp, expect_same
from assigner.cohorts.workers import Made, Undecided, Work, Worker, worker_of
from assigner.errors import InputError, shown
from assigner.rules import Rules
from assigner.vcf.scan.joint_parts import Done, Task, done
from assigner.vcf.shared import Parts

PARTS = 4
"""Parts per thread of the cluster into which a file of several participants is split."""

AT_ONCE = 4
"""Submitted tasks per thread of the cluster."""

PATIENCE = 30
"""Seconds within which a scheduler must answer."""

ASKED_AFTER = 5
"""Seconds without a result after which the scheduler is asked whether it still has workers."""

LEAVING = 5
"""Timeout in seconds for closing the client."""

_ADDRESS = re.compile(r"(?:(?:tcp|tls)://)?(?:[^\s:/\[\]]+|\[[0-9A-Fa-f:.%]+\]):([0-9]{1,5})")

_OF_THREAD = threading.local()
"""The worker of a thread and its run; each thread has its own caches."""


def expect_address(address: str) -> None:
    """Check that an address has the form of a scheduler's.

    Raises:
        InputError: it has not.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or not 1 <= int(found[1]) <= 65535:
        expected = "the address of a scheduler as tcp://HOST:PORT (or tls://HOST:PORT)"
        raise InputError("--dask", expected, shown(address))


def on_cluster(
    address: str, work: Work, rules: Rules, tasks: Sequence[Participant], warn: Callable[[str], object]
) -> Iterator[Made | Undecided]:
    """The results of participants, computed by the workers of a Dask cluster, in the order of the participants.

    A participant whose worker is lost is given to another one. Workers need the package in the same version, and must
    see the same files under the same paths. A file of several participants is read once, a large one in parts by the
    workers, and its contents stay on the cluster.

    Args:
        address: the scheduler's address, such as `tcp://10.0.0.1:8786`.
        work: the settings of the run.
        rules: the rule set.
        tasks: the participants.
        warn: called once if the run waits because there is no worker.

    Raises:
        InputError: the address is not valid; the scheduler does not answer or stops answering; several workers were
            lost with the same participant; a worker has another version of the package, or sees other files.
    """
    from distributed.scheduler import KilledWorker

    sent = Sent.of(work, tasks)
    common, run = pickle.dumps(sent.common), secrets.token_hex(8)
    todo, waiting = iter(enumerate(tasks)), deque[tuple[Participant, Any]]()
    idle = cache(partial(warn, f"{address}: there is no worker; the run waits for one"))
    client = _client(address)
    try:
        found = _ahead(client, run, sent, rules, tasks, idle)
        while True:
            free = AT_ONCE * max(2, _threads(client)) - len(waiting)
            for number, who in islice(todo, max(0, free)):
                task = pickle.dumps(sent.task(who))
                errand = _sent(_made, VERSION, run, common, task, *map(pickle.PickleBuffer, [b""] * len(found)))
                key = f"assigner-{run}-{number}"
                waiting.append((who, client.submit(pickle.loads, errand, buffers=found, key=key, pure=False)))
            if not waiting:
                return
            who, future = waiting.popleft()
            yield sent.as_given(_result(client, future, idle), who)
    except KilledWorker as error:
        expected = "workers that live through each participant"
        raise InputError("dask", expected, "several that were lost with the same one") from error
    except ImportError as error:
        expected = f"the package in version {VERSION}, with all it needs, on each worker"
        raise InputError("dask", expected, f"a worker without {error.name}") from error
    except (OSError, CancelledError, asyncio.CancelledError, RuntimeError) as error:
        if client.status == "running" and not isinstance(error, CancelledError | asyncio.CancelledError):
            raise  # a fault of the work itself
        raise InputError("dask", "a scheduler that stays until the end", type(error).__name__) from error
    finally:
        with suppress(OSError, RuntimeError):  # the scheduler may not answer (TimeoutError is an OSError)
            client.close(timeout=LEAVING)


def _client(address: str) -> Any:
    from distributed import Client
    from distributed.security import Security

    expect_address(address)
    try:
        if address.startswith("tls:") and Security().get_connection_args("client").get("ssl_context") is None:
            expected = "certificates in Dask's own configuration (distributed.comm.tls)"
            raise InputError("dask", expected, "none")
        return Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TypeError, ValueError, ImportError, RuntimeError) as error:
        raise InputError("dask", f"a scheduler that answers at {address}", type(error).__name__) from error


def _threads(client: Any) -> int:
    """The number of threads of all workers.

    Raises:
        InputError: the scheduler does not answer in time.
    """
    try:
        found = client.sync(client.scheduler.ncores, workers=None, callback_timeout=PATIENCE)
    except TimeoutError as error:
        raise InputError("dask", f"a scheduler that answers in {PATIENCE} seconds", "none that does") from error
    return sum(found.values())


def _result(client: Any, future: Any, idle: Callable[[], object]) -> Any:
    """Wait for a task's result as long as the scheduler answers; raises as `_threads` and the task.

    Args:
        client: the client of the task.
        future: the task.
        idle: called if there is no worker.
    """
    while True:
        try:
            return future.result(timeout=ASKED_AFTER)
        except TimeoutError:
            if future.status == "error":  # the task failed with a TimeoutError of its own, or as the wait ended
                return future.result()
        if not _threads(client):
            idle()


def _ahead(
    client: Any, run: str, sent: Sent, rules: Rules, tasks: Sequence[Participant], idle: Callable[[], object]
) -> list[Any]:
    """Read the files of several participants; a list with the future of their contents, empty without such files.

    The contents are the result of a task, so that the scheduler computes them again if their worker is lost.
    """
    if not sent.common.cohort.shared:
        return []

    def each(_work: Callable[[Task], Done], parts: Sequence[Task]) -> Iterator[Done]:
        stamps = pickle.dumps(sent.stamps_of_shared)
        errands = [_sent(_part, VERSION, stamps, pickle.dumps(part)) for part in parts]
        futures = [client.submit(pickle.loads, errand, pure=False) for errand in errands]
        return (_result(client, future, idle) for future in futures)

    reader = Worker.of(sent.common, rules).reader
    wholes = reader.ahead([sent.task(who)[0] for who in tasks], Parts(PARTS * max(1, _threads(client)), each))
    packed = pickle.dumps(pickle.dumps(wholes))
    return [client.submit(pickle.loads, packed, key=f"assigner-{run}-files", pure=False)]


def _sent(call: Callable[..., Any], *given: Any) -> bytes:
    """Pickle a call that is made when it is unpickled; buffers among the arguments are sent separately."""
    return pickle.dumps(_Errand(call, given), protocol=5, buffer_callback=lambda _: None)


@frozen
class _Errand:
    """A call that is made when this is unpickled.

    It is sent as bytes, and the task unpickles them. So a worker without this package fails in the task, with an
    ImportError that names what it lacks, and not while it receives the task.
    """

    call: Callable[..., Any]
    given: tuple[Any, ...]

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call, self.given


def _part(version: str, stamps: bytes, part: bytes) -> Done:
    """Read a part of a file on a worker; raises as `_made`."""
    _expect(version)
    seen: Mapping[str, Stamp] = pickle.loads(stamps)
    expect_same(seen)
    return done(pickle.loads(part))


def _expect(version: str) -> None:
    if version != VERSION:
        raise InputError("dask", f"workers with version {version}, as where the run was started", f"one with {VERSION}")


def _made(version: str, run: str, common: bytes, task: bytes, found: bytes = b"") -> Made | Undecided:
    """The result of a participant, computed on a worker.

    Args:
        version: the version where the run was started; checked before anything is unpickled.
        run: the id of the run.
        common: the pickled `Work`.
        task: the participant and the stamps of the files, pickled.
        found: the contents of files of several participants, pickled, if there are such files.

    Raises:
        InputError: the version, a file or the rule set differs here.
    """
    _expect(version)
    who, stamps = _unpacked(task)
    expect_same(stamps)
    if getattr(_OF_THREAD, "run", None) != run:
        wholes = pickle.loads(found) if found else {}
        _OF_THREAD.worker = worker_of(evolve(pickle.loads(common), wholes=wholes))
        _OF_THREAD.worker.reader.expect_fasta()
        _OF_THREAD.run = run
    worker: Worker = _OF_THREAD.worker
    return worker.made(who)


def _unpacked(task: bytes) -> tuple[Participant, Mapping[str, Stamp]]:
    found: tuple[Participant, Mapping[str, Stamp]] = pickle.loads(task)
    return found

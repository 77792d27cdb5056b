"""The work of a cohort on a Dask cluster: each participant is a task, and few are under way at a time."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from itertools import islice
from typing import Any

from attrs import evolve

from assigner.cohorts.sheets import Participant
from assigner.cohorts.workers import Made, Undecided, Work, Worker, worker_of
from assigner.errors import AssignerError, InputError

AT_ONCE = 4
"""So many tasks are given out for each thread of the cluster."""

PATIENCE = 30
"""Seconds in which a scheduler must answer."""

_OF_THREAD = threading.local()
"""The worker of a thread, and the run that it is for: what it keeps for the next participant is no other thread's."""


def on_cluster(address: str, work: Work, tasks: Sequence[Participant]) -> Iterator[Made | Undecided]:
    """What the workers of a Dask cluster make of participants, in their order.

    A participant whose worker is lost is given to another one. Workers need the package in the same version, and all
    files and the rule set under the same paths.

    Args:
        address: the scheduler's, such as `tcp://10.0.0.1:8786`.
        work: what each worker must know.
        tasks: the participants.

    Raises:
        InputError: no scheduler answers, it was lost, or a participant has cost several workers their lives.
    """
    from distributed import Client
    from distributed.scheduler import KilledWorker

    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError, ImportError) as error:
        raise InputError("dask", f"a scheduler that answers at {address}", type(error).__name__) from error
    told = evolve(work, cohort=evolve(work.cohort, participants=()))  # each task brings it along: no worker can lose it
    run, todo, waiting = secrets.token_hex(8), iter(enumerate(tasks)), deque[Any]()
    with client:
        try:
            while True:
                room = AT_ONCE * max(2, sum(client.nthreads().values())) - len(waiting)
                for number, who in islice(todo, max(0, room)):
                    waiting.append(client.submit(_made, run, told, who, key=f"assigner-{run}-{number}", pure=False))
                if not waiting:
                    return
                yield waiting.popleft().result()
        except AssignerError:
            raise
        except KilledWorker as error:
            expected = "workers that live through each participant"
            raise InputError("dask", expected, "several that were lost with the same one") from error
        except (OSError, CancelledError, asyncio.CancelledError, TimeoutError, RuntimeError) as error:
            if client.status == "running" and not isinstance(error, CancelledError | asyncio.CancelledError):
                raise  # a fault of the work itself
            raise InputError("dask", "a scheduler that stays until the end", type(error).__name__) from error


def _made(run: str, work: Work, who: Participant) -> Made | Undecided:
    """What this thread's worker makes of a participant."""
    if getattr(_OF_THREAD, "run", None) != run:
        _OF_THREAD.worker = worker_of(work)
        _OF_THREAD.run = run
    worker: Worker = _OF_THREAD.worker
    return worker.made(who)

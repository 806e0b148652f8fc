"""A Dask cluster: one that is there, or one of this machine's own; and whether it will do."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import cloudpickle
import dask
from distributed import Client, LocalCluster, Security

from backend.farm import remote
from blender_addon.core.errors import InputError

_SAME: Final = ("dask", "distributed", "cloudpickle", "msgpack")


@dataclass(frozen=True)
class Place:
    """Where the work is done.

    Args:
        scheduler: address of one that is there; None starts ``local`` workers here.
        local: how many.
        wait_s: seconds to wait for a scheduler and its first worker.
        deaths: of workers, that a task outlives on a local cluster.
        tls: ``tls_ca_file``, ``tls_client_cert`` and ``tls_client_key``, where given.
    """

    scheduler: str | None
    local: int = 1
    wait_s: float = 30.0
    deaths: int = 3
    tls: Mapping[str, str] | None = None


@contextmanager
def connected(place: Place) -> Iterator[Client]:
    """A client of the cluster, with a worker at least.

    Raises:
        InputError: nobody answers in time, or no worker is there.
    """
    cloudpickle.register_pickle_by_value(remote)
    if place.scheduler is None:
        with _local(place) as cluster, Client(cluster) as client:
            yield client
        return
    client = _client(place)
    try:
        _wait_for_a_worker(client, place)
        yield client
    finally:
        client.close(timeout=5)


@contextmanager
def _local(place: Place) -> Iterator[LocalCluster]:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": place.deaths}),
        _without_interrupts(),
    ):
        cluster = LocalCluster(
            n_workers=place.local, threads_per_worker=1, processes=True, memory_limit=0,
            dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
        )  # fmt: skip
    with cluster:
        yield cluster


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """What is started meanwhile does not hear Ctrl-C: who started it ends it, in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _client(place: Place) -> Client:
    try:
        security = Security(require_encryption=True, **place.tls) if place.tls else None
        return Client(place.scheduler, timeout=place.wait_s, security=security)
    except (OSError, TypeError, ValueError) as error:  # TypeError: tls:// without certificates
        reason = " ".join(str(error).split())[:300]
        raise InputError(
            f"no Dask scheduler answers at {place.scheduler} within {place.wait_s:g} s ({reason}). "
            "Start one with 'dask scheduler', or correct --scheduler or the --tls options"
        ) from error


def _wait_for_a_worker(client: Client, place: Place) -> None:
    try:
        client.wait_for_workers(1, timeout=place.wait_s)
    except TimeoutError as error:
        raise InputError(
            f"the scheduler at {place.scheduler} has no worker. On every machine start "
            f"'dask worker {place.scheduler} --nthreads 1'"
        ) from error


def dashboard(client: Client, local: bool) -> str:
    """The address to look on; empty where there is none."""
    with suppress(KeyError, ValueError, AttributeError):
        address = str(client.dashboard_link)
        if local and find_spec("bokeh") is None:  # the pages of numbers need nothing
            return address.replace("/status", "/info/main/workers.html")
        return address
    return ""


def check_versions(client: Client) -> tuple[str, ...]:
    """Compare Python and Dask here, on the scheduler and on the workers.

    Returns:
        A line for each machine that has another Dask or another patch of Python.

    Raises:
        InputError: another minor version of Python, by which nothing can be handed over.
    """
    found: Any = client.get_versions()
    here = found["client"]
    there = {"the scheduler": found["scheduler"], **found["workers"]}
    told = []
    for who, versions in there.items():
        mine, theirs = (each["host"]["python"] for each in (here, versions))
        if mine.split(".")[:2] != theirs.split(".")[:2]:
            raise InputError(
                f"{_named(who)} has Python {theirs}, here is {mine}. Dask hands work over only "
                "between the same minor versions: install one everywhere"
            )
        pairs = [("Python", mine, theirs)]
        pairs += [(name, here["packages"][name], versions["packages"][name]) for name in _SAME]
        told += [
            f"{_named(who)} has {name} {other}, here is {own}"
            for name, own, other in pairs
            if own != other
        ]
    return tuple(told)


def check_files(client: Client, file: Path, program: str) -> None:
    """Ask every worker whether it sees the jobs file under the same path, and has the program.

    Raises:
        InputError: one does not; all of those are named.
    """
    size = file.stat().st_size
    wrong = []
    for address, seen in client.run(remote.look, str(file), program).items():
        who = f"{seen['host']} ({address})"
        if seen["size"] < 0:
            wrong.append(f"{who} does not see {file}")
        elif seen["size"] != size:
            wrong.append(f"{who} sees another {file}, of {seen['size']} bytes instead of {size}")
        elif not seen["program"]:
            wrong.append(f"{who} has no {program}")
    if wrong:
        raise InputError(
            "; ".join(wrong) + ". Let all machines see the same files under the same paths, or "
            "stop these workers"
        )


def _named(who: str) -> str:
    return who if who.startswith("the ") else f"the worker {who}"

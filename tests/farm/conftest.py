"""Two workers in processes of their own, a Blender's stand-in, and jobs for it."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

STAND_IN = Path(__file__).with_name("stand_in.py")
LONGEST_S = 120


@pytest.fixture(scope="package")
def cluster() -> Iterator[Any]:
    """Dask with two workers of one thread each, as `--local 2` makes it."""
    distributed = pytest.importorskip("distributed", reason="distributed is not installed here")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, memory_limit=0,
        dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
    ) as started:  # fmt: skip
        yield started


@pytest.fixture
def blender(tmp_path: Path) -> Path:
    """A program that takes Blender's command line."""
    if os.name != "posix":
        pytest.skip("the stand-in is started by its first line")
    program = tmp_path / "blender"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n', "utf-8")
    program.chmod(0o755)
    return program


@pytest.fixture
def write_jobs(tmp_path: Path) -> Callable[..., Path]:
    """Writes a jobs file: what each job does, by name."""

    def write(**does: str) -> Path:
        file = tmp_path / "jobs.toml"
        jobs = [f'[[job]]\nname = "{name}"\ndoes = "{what}"\n' for name, what in does.items()]
        file.write_text("format = 1\n" + "".join(jobs), "utf-8")
        return file

    return write


@contextmanager
def meanwhile(act: Callable[[], None], let_go: Callable[[], None]) -> Iterator[None]:
    """Something that goes on beside; what it raises is raised at the end.

    Args:
        act: what goes on.
        let_go: called where it raises, so that what waits for it comes to its end.
    """
    raised: list[BaseException] = []

    def guarded() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - an assertion's, too
            raised.append(error)
            let_go()

    thread = threading.Thread(target=guarded)
    thread.start()
    yield
    thread.join(LONGEST_S)
    assert not thread.is_alive()
    if raised:
        raise raised[0]


def wait_for(ready: Callable[[], Any]) -> Any:
    """What is ready, once it is."""
    for _ in range(LONGEST_S * 50):
        if found := ready():
            return found
        threading.Event().wait(0.02)
    raise AssertionError("it did not come")

"""Many tries at one reader: what went wrong is counted, a reader that hangs is ended."""

from __future__ import annotations

import contextlib
import faulthandler
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from blender_addon.core.errors import NeuralMotionError

HANGS_S = 60
_TOLD = 1_500  # letters of a content, at each end

Rng = np.random.Generator
Content = bytes | str | list[str]


@dataclass(frozen=True)
class Reader:
    """One reader.

    Args:
        make: a mutated input, by its random numbers.
        read: reads it; raises what it raises.
        share: of all tries.
    """

    make: Callable[[Rng], Content]
    read: Callable[[Any], object]
    share: float


class Hangs(Exception):
    """It took longer than anything should."""


def try_out(name: str, reader: Reader, seed: int, number: int) -> str:
    """One try, which can be repeated by its numbers.

    Returns:
        What went wrong; empty if it was read, or refused by an error of ours.
    """
    content = reader.make(np.random.default_rng([seed, number, *name.encode()]))
    try:
        with _watched():
            reader.read(content)
    except NeuralMotionError:
        return ""
    except Exception as error:  # noqa: BLE001 - whatever comes is what is looked for
        shown = repr(content)
        shown = shown if len(shown) < 2 * _TOLD else f"{shown[:_TOLD]} … {shown[-_TOLD:]}"
        return (
            f"{name}, --fuzz-seed {seed}, try {number}: {type(error).__name__}: "
            f"{str(error)[:500]}\nwhile reading {shown}"
        )
    return ""


@contextlib.contextmanager
def _watched() -> Iterator[None]:
    """End a try that hangs: in Python by an exception, else the process with it."""
    faulthandler.dump_traceback_later(2 * HANGS_S, exit=True)
    if not hasattr(signal, "SIGALRM"):
        yield
        faulthandler.cancel_dump_traceback_later()
        return
    before = signal.signal(signal.SIGALRM, _stop)
    signal.alarm(HANGS_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        faulthandler.cancel_dump_traceback_later()


def _stop(*_given: object) -> None:
    raise Hangs(f"it takes longer than {HANGS_S} s")

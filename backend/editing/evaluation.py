"""What every part of ``backend evaluate editing`` is given, and which parts there are.

A part is a function ``measure_KEY(evaluation)`` in the module that ``PARTS`` names; what it returns
is the JSON value of its key. It draws all its chances from ``evaluation.seed``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.mocap.recordings import Recording
from blender_addon.core.errors import InputError, NeuralMotionError

from .networks import CLEANER, FILLER, MANIFOLD, PRIOR

Measure = Callable[["Evaluation"], Any]

PARTS: Final[Mapping[str, str]] = {
    "fill": "backend.editing.fill.evaluate",
    "clean": "backend.editing.clean.evaluate",
    "generative": "backend.editing.prior.evaluate",
    "restyle": "backend.editing.restyle.evaluate",
    "manifold": "backend.editing.manifold.evaluate",
    "loop": "backend.editing.loop_connect.evaluate",
    "connect": "backend.editing.loop_connect.evaluate",
    "vary": "backend.editing.prior.evaluate",
    "map": "backend.editing.prior.evaluate",
}
"""By key of the result: the module that measures it."""
PARTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    FILLER: ("fill", "loop", "connect"),
    CLEANER: ("clean",),
    PRIOR: ("generative", "vary", "map"),
    MANIFOLD: ("manifold", "restyle"),
}
"""By network: what is measured of it."""


class Unmeasured(NeuralMotionError):  # noqa: N818 - an outcome, not a failure
    """A part has nothing to say of these recordings; the message says why."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What is judged, and by what.

    Args:
        models: folder of the networks.
        train: recordings that baselines are tuned and statistics taken on.
        val: recordings that are judged: held out, or someone's own (see ``foreign``).
        seed: of every choice made while measuring.
        foreign: ``val`` are clips from elsewhere, any people and labels; no part may expect a
            label, a length or a count of them, and one that cannot measure them raises
            ``Unmeasured``.
    """

    models: Path
    train: tuple[Recording, ...]
    val: tuple[Recording, ...]
    seed: int = 0
    foreign: bool = False

    def __post_init__(self) -> None:
        if not self.models.is_dir():
            raise InputError(f"there is no folder {self.models}; give that of the networks")
        if not self.val:
            raise InputError("there is no recording to judge by; give some with --data or --clips")

    def rng(self) -> np.random.Generator:
        """A generator of its own for each who asks, always from the seed."""
        return np.random.default_rng(self.seed)


def measures(keys: Collection[str] = ()) -> Iterator[tuple[str, Measure]]:
    """What measures the parts, each imported when it is its turn.

    Args:
        keys: of which one is desired; empty for all.
    """
    for key, module in PARTS.items():
        if not keys or key in keys:
            yield key, getattr(import_module(module), f"measure_{key}")

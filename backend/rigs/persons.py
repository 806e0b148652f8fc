"""Persons of three weights and two ages on five rigs, and children on two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Final

import bpy

from .body import ANCESTRIES, SEXES, WEIGHTS
from .generated import make_rigify_human
from .human import Person, build_human

RIGIFY: Final = "rigify"
RIGS: Final = ("default", "game_engine", "mixamo", "cmu_mb", RIGIFY)
AGES: Final = ("young", "old")
_CHILDREN_ON: Final = ("default", "mixamo", RIGIFY)


def persons() -> Iterator[tuple[str, Person, str]]:
    """Title, who it is and the rig of each: both sexes at every weight, all ancestries."""
    for r, rig in enumerate(RIGS):
        for (w, weight), (a, age) in product(enumerate(WEIGHTS), enumerate(AGES)):
            sex = SEXES[(r + w + a) % len(SEXES)]
            ancestry = ANCESTRIES[(r + w + 2 * a) % len(ANCESTRIES)]
            yield f"{weight} {age} {sex} {rig}", Person(sex, age, weight, ancestry), rig
    for n, rig in enumerate(_CHILDREN_ON):
        weight = tuple(WEIGHTS)[n]
        child = Person(SEXES[n % 2], "child", weight, ANCESTRIES[n % 3])
        yield f"{weight} child {SEXES[n % 2]} {rig}", child, rig
    mixed = Person(
        {"female": 0.5, "male": 0.5}, {"child": 0.4, "young": 0.6},
        {"average": 0.5, "heavy": 0.5}, {"african": 0.5, "asian": 0.5},
    )  # fmt: skip
    yield "mixed youth game_engine", mixed, "game_engine"


def person_maker(folder: Path, person: Person, rig: str) -> Callable[[], bpy.types.Object]:
    """What builds the person on the rig in the present scene.

    Args:
        folder: of the data on the human body.
        person: who.
        rig: one of ``RIGS``, or the meta-rig ``human_toes``.
    """
    if rig == RIGIFY:
        return lambda: make_rigify_human(folder, person)
    return lambda: build_human(folder, rig, person)

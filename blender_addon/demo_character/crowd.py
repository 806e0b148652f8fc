"""Many different people at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import bpy
import numpy as np

from ..core.settings import declared
from .builder import add_person
from .person import check_traits, draw_person, dress_anew
from .place import free_places, put
from .shared import Shared
from .traits import CrowdSettings

Ancestry = tuple[float, float, float]
_UNEVEN: Final = 0.18  # how far somebody stands from the middle of a place, as a share of it
_TURN_RAD: Final = 0.35


def add_crowd(
    context: bpy.types.Context,
    seed: int,
    settings: CrowdSettings,
    naming: str = "RIGIFY",
    choose: Callable[[Ancestry], Mapping[str, Any]] = lambda _: {},
) -> Iterator[bpy.types.Object]:
    """Add people one by one, in rows around the 3D cursor, looking more or less along −Y.

    Where others are in the way, all stand beside them.

    Args:
        seed: of the first; the others have the numbers after it.
        settings: how many, how far apart.
        naming: of their bones.
        choose: traits that all of them have, given the ancestry that a seed has drawn.

    Raises:
        SettingsError: a number is out of range, or the 3D cursor is nowhere; nobody was added.
    """
    for each in declared(CrowdSettings):
        each.check(getattr(settings, each.field))
    for number in (seed, seed + settings.count - 1):
        check_traits(number, {})
    offsets, turns = _places(settings, np.random.default_rng(seed))
    places = free_places(context, offsets)
    shared, bodies = Shared(), settings.bodies or settings.count
    for number, (place, turn) in enumerate(zip(places, turns, strict=True)):
        body_seed = seed + number % bodies
        chosen = choose(draw_person(body_seed).ancestry)
        person = dress_anew(draw_person(body_seed, chosen), seed + number, chosen)
        armature = add_person(context, "", person, naming, shared)
        put(context, armature, place)
        armature.rotation_euler.z = float(turn)
        yield armature


def _places(settings: CrowdSettings, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(N, 2) metres on the ground, rows behind one another; and (N,) turns."""
    columns = int(np.ceil(np.sqrt(settings.count)))
    row, column = np.divmod(np.arange(settings.count), columns)
    in_row = np.minimum(settings.count - row * columns, columns)
    grid = np.stack((column - 0.5 * (in_row - 1), row.astype(float)), axis=-1)
    uneven = rng.uniform(-_UNEVEN, _UNEVEN, grid.shape)
    turns = rng.uniform(-_TURN_RAD, _TURN_RAD, settings.count)
    return settings.spacing_m * (grid + uneven), turns

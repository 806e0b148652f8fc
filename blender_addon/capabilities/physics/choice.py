"""What the user chose of a simulated character, as the scene is read by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import bpy

from ...blender.keys.options import ResultKind, ResultOptions
from ...blender.keys.sliders import Slider
from ...core.physics.settings import PhysicsSettings

DEFAULT_STRIP = ResultOptions(kind=ResultKind.STRIP, markers=True)
"""How physics are written where nobody says otherwise."""


@dataclass(frozen=True)
class PushChoice:
    """A push as it is set in the scene.

    Args:
        frame: of the scene, on which it begins.
        body: on which; one of ``figure.BODY_NAMES``.
        impulse_n_s: its direction and size in the scene's axes, N s.
        duration_s: for how long.
    """

    frame: float
    body: str
    impulse_n_s: tuple[float, float, float]
    duration_s: float = 0.1


@dataclass(frozen=True, eq=False, kw_only=True)
class PhysicsChoice:
    """What the user chose for one character.

    Args:
        armature: who is simulated.
        settings: how.
        help_slider: help in percent, which may be keyed; None for what the settings say.
        frame_range: first and last frame of the scene; None for all that plays.
        fall_frame: when muscles begin to fade in the mode Fall; None for the first frame.
        pushes: on the character.
        ground: mesh to stand on; None for level ground at height 0.
        ground_collection: meshes to stand on besides.
        obstacles: meshes that are in the way, ones that move among them; what else there is, is
            left out, and said.
        result: how it is written.
    """

    armature: bpy.types.Object | None
    settings: PhysicsSettings = field(default_factory=PhysicsSettings)
    help_slider: Slider | None = None
    frame_range: tuple[int, int] | None = None
    fall_frame: int | None = None
    pushes: tuple[PushChoice, ...] = ()
    ground: bpy.types.Object | None = None
    ground_collection: bpy.types.Collection | None = None
    obstacles: tuple[bpy.types.Object, ...] = ()
    result: ResultOptions = DEFAULT_STRIP


def push_choice(push: Any) -> PushChoice:
    """What a ``NEURALMOTION_PG_physics_push`` says."""
    x, y, z = (push.strength * each for each in unit_direction(push.direction))
    return PushChoice(push.frame, push.body, (x, y, z), push.duration)


def unit_direction(direction: Any) -> tuple[float, float, float]:
    """A direction of length 1; of length 0 where it has none."""
    length = sum(each * each for each in direction) ** 0.5
    x, y, z = (each / length if length > 0.0 else 0.0 for each in direction)
    return x, y, z


_SHAPED: Final = {"MESH", "CURVE", "SURFACE", "META", "FONT"}


def things_in(collection: bpy.types.Collection | None) -> tuple[bpy.types.Object, ...]:
    """What can be seen of a collection and of those within it; only meshes are solid."""
    if collection is None:
        return ()
    return tuple(
        each
        for each in collection.all_objects
        if each.type in _SHAPED or each.instance_collection is not None
    )

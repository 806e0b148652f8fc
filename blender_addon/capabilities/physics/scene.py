"""Lets a character be simulated: read the scene, write the keys.

``read`` and ``write`` belong on the main thread; ``PhysicsJob.run`` between them touches no Blender
data and may run on any thread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.ground.notes import moving_ground
from ...blender.ground.terrain import meshes_of, read_rectangle
from ...blender.keys.keyframes import MAX_FRAME
from ...blender.keys.played import check_keys
from ...blender.keys.result import check_result
from ...blender.keys.sliders import sample_slider
from ...blender.rig.skeleton import read_skeleton
from ...blender.rig.take import Take, read_take
from ...blender.rig.warnings import without_layers_before
from ...blender.timeline import animation_frame, animation_rate_of, playhead_kept, scene_frame
from ...core.errors import SettingsError
from ...core.ground.terrain import FlatTerrain, HeightField
from ...core.inference.choice import ModelChoice
from ...core.motion.clip import MotionClip
from ...core.motion.resample import sample_clip
from ...core.notes import Note
from ...core.physics.clip_poses import FRAME_RATE_HZ
from ...core.physics.request import PhysicsRequest, Push
from ...core.physics.settings import PhysicsSettings
from ...core.physics.world import World
from .checks import check_choice
from .choice import PhysicsChoice
from .job import PhysicsJob, times_at_60_hz
from .last import CAPABILITY, last_left_out, own_span
from .obstacles import IntoFigure, read_obstacles, solid_among, without_own
from .writing import WrittenPhysics, write

__all__ = ["CAPABILITY", "WrittenPhysics", "read", "write"]

Array = NDArray[np.float64]

_LONGEST_S: Final = 10 * 60.0
_BESIDE_M: Final = 4.0
"""How far from where the character goes the ground is looked at, of a person's size."""
_SEEN_HOLES: Final = 0.005
"""Share of the ground; fewer are but its edge."""
_LEAST_FRAMES: Final = 3


def read(
    context: bpy.types.Context, choice: PhysicsChoice, models: ModelChoice | None = None
) -> PhysicsJob:
    """Read a character's motion and what is around it, and check all of it; changes nothing.

    Args:
        context: whose scene.
        choice: what the user chose.
        models: where the models lie and how to run them.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    check_choice(choice)
    rig = read_skeleton(context, choice.armature)
    armature = choice.armature
    check_result(armature, choice.result)
    with playhead_kept(context.scene):
        frames = _frames(context, choice)
        span = int(frames[0]), int(frames[-1])
        with last_left_out(armature, choice.result.replace_last, span):
            check_keys(armature)
            take = read_take(context, armature, rig, frames, whole=True)
        moments = frames[0] + times_at_60_hz(len(frames), take.common.frame_rate_hz)
        world, about = _world(context, choice, take, moments)
        settings, track = _with_help(context, choice, moments)
    request = PhysicsRequest(
        clip=_at_60_hz(take.common),
        world=world,
        settings=settings,
        help_track=track,
        pushes=_pushes(context.scene, choice, take),
        limp_from_s=_limp_from_s(context.scene, choice, take),
    )
    notes = (
        *without_layers_before(rig.warnings), *_hidden(take), *about,
        *_left_out(context.scene, choice, take),
    )  # fmt: skip
    return PhysicsJob(
        take=take, request=request, options=choice.result, models=models or ModelChoice(),
        notes=tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def _frames(context: bpy.types.Context, choice: PhysicsChoice) -> Array:
    """(K,) whole frames of animation that are simulated.

    Raises:
        SettingsError: nothing plays, or it is too short or too long.
    """
    scene, span = context.scene, own_span(choice.armature)
    if span is None:
        raise SettingsError(
            f"nothing animates '{choice.armature.name}', so there is no motion to follow. Assign "
            "an action, or unmute a strip in the NLA editor"
        )
    first, last = int(np.ceil(span[0] - 1e-3)), int(np.floor(span[1] + 1e-3))
    if choice.frame_range is not None:
        first, last = (animation_frame(scene, frame) for frame in choice.frame_range)
    rate = animation_rate_of(scene)
    if last - first + 1 < _LEAST_FRAMES:
        raise SettingsError(
            f"from frame {first} to {last} there is nothing to simulate; at least {_LEAST_FRAMES} "
            "frames are needed. Choose a longer range"
        )
    if (last - first) / rate > _LONGEST_S:
        raise SettingsError(
            f"the motion lasts {(last - first) / rate / 60.0:.0f} minutes; at most "
            f"{_LONGEST_S / 60.0:.0f} are simulated at a time. Choose a range of frames"
        )
    if max(abs(first), abs(last)) > MAX_FRAME:
        raise SettingsError(f"the motion has frames beyond {MAX_FRAME}, where Blender ends")
    return np.arange(first, last + 1, dtype=np.float64)


def _at_60_hz(clip: MotionClip) -> MotionClip:
    at = times_at_60_hz(clip.frame_count, clip.frame_rate_hz)
    return sample_clip(clip, at, FRAME_RATE_HZ)


def into_figure(take: Take) -> IntoFigure:
    """The way from the scene into the size in which a motion is simulated."""
    return IntoFigure(take.origin, take.ratio, take.rig.unit_m)


def _world(
    context: bpy.types.Context, choice: PhysicsChoice, take: Take, moments: Array
) -> tuple[World, tuple[str, ...]]:
    into, armature = into_figure(take), choice.armature
    grounds = meshes_of(choice.ground, choice.ground_collection, armature)
    ground, notes = _ground(context, grounds, take)
    others, shapeless = solid_among([e for e in choice.obstacles if e not in grounds])
    solid, left_out = without_own(others, armature)
    obstacles, told = read_obstacles(context, solid, into, moments)
    told = (*shapeless, *left_out, *told)
    moving = moving_ground(context, grounds, take.frames[0], take.frames[-1])
    return World(ground, obstacles), (*notes, *moving, *told)


def _ground(
    context: bpy.types.Context, meshes: list[bpy.types.Object], take: Take
) -> tuple[FlatTerrain | HeightField, tuple[str, ...]]:
    """The ground in the figure's size, and what is good to know of it.

    Raises:
        TerrainError: the chosen meshes are no ground.
    """
    if not meshes:
        return FlatTerrain(), ()
    reach = _BESIDE_M * take.ratio
    ways = take.base.root_positions[:, [0, 2]].astype(np.float64)
    low, high = ways.min(axis=0) - reach, ways.max(axis=0) + reach
    field, holes = read_rectangle(context, meshes, low, high, size=take.ratio)
    notes = ()
    if holes > _SEEN_HOLES:
        notes = (
            Note(
                f"{holes:.0%} of the ground around the way has no mesh below it; there the nearest "
                "height counts"
            ),
        )
    scale = 1.0 / take.ratio
    heights = scale * (field.samples - take.origin[1])
    origin = scale * (field.origin_xz - take.origin[[0, 2]])
    return HeightField(origin, scale * field.spacing_m, heights), notes


def _with_help(
    context: bpy.types.Context, choice: PhysicsChoice, moments: Array
) -> tuple[PhysicsSettings, Array | None]:
    """The settings, and (T,) help in percent where it is keyed."""
    if choice.help_slider is None:
        return choice.settings, None
    value = sample_slider(context, choice.armature, choice.help_slider, moments)
    if np.ndim(value) == 0:
        return replace(choice.settings, help_percent=float(np.clip(value, 0.0, 100.0))), None
    track = np.clip(np.asarray(value, np.float64), 0.0, 100.0)
    return replace(choice.settings, help_percent=float(track.max())), track


def _pushes(scene: bpy.types.Scene, choice: PhysicsChoice, take: Take) -> tuple[Push, ...]:
    """Those that fall within the motion."""
    found = []
    for each in choice.pushes:
        at_s = _seconds(scene, each.frame, take)
        if _is_within(at_s, take):
            x, y, z = each.impulse_n_s
            impulse = np.array([x, z, -y])
            found.append(Push(max(at_s, 0.0), each.body, impulse, each.duration_s))
    return tuple(found)


def _left_out(scene: bpy.types.Scene, choice: PhysicsChoice, take: Take) -> list[str]:
    outside = [p for p in choice.pushes if not _is_within(_seconds(scene, p.frame, take), take)]
    if not outside:
        return []
    first, last = (scene_frame(scene, frame) for frame in (take.first, take.last))
    frames = ", ".join(f"{push.frame:g}" for push in outside[:8])
    told = (
        f"{len(outside)} of {len(choice.pushes)} pushes lie outside of frames {first:.0f} to "
        f"{last:.0f} and are left out: {frames}"
    )
    return [told]


def _seconds(scene: bpy.types.Scene, frame: float, take: Take) -> float:
    """From the motion's first frame to a frame of the scene."""
    return (animation_frame(scene, frame) - take.first) / take.common.frame_rate_hz


def _is_within(seconds: float, take: Take) -> bool:
    return -1e-6 <= seconds <= take.common.duration_s


def _limp_from_s(scene: bpy.types.Scene, choice: PhysicsChoice, take: Take) -> float:
    if choice.fall_frame is None:
        return 0.0
    return max(_seconds(scene, choice.fall_frame, take), 0.0)


def _hidden(take: Take) -> list[str]:
    return [Note(f"the bone '{name}' {why}") for name, why in take.body.hidden]

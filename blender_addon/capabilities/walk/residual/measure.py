"""How exactly a written walk is shown by the rig: measured on the armature as Blender evaluates it.

The *source* is the character that the network moves, scaled to the rig's legs. Three things can
come between it and what is seen: other proportions (the residual), whatever else acts on the bones,
such as constraints, drivers and limits (the write error), and either of them at a planted foot. A
wrong map of joints shows in none of them: for that the posture is looked at.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.keys.beneath import playing_on
from ....blender.keys.takes import was_made
from ....blender.rig.carrier import what_carries
from ....blender.rig.causes import find_causes
from ....blender.rig.pose import RootMotion
from ....blender.rig.skeleton import rest_frames_wxyz
from ....blender.rig.warnings import is_evaluated
from ....blender.timeline import playhead_kept, show_frame
from ....core.errors import REPORTED, in_words
from ....core.maths.rotations import quaternion_multiply, rotations_of
from ....core.motion.kinematics import forward_kinematics
from ..job import FitJob, Walk
from ..writing import CAPABILITY
from .feet import foot_errors
from .found import Residual
from .limbs import limb_errors
from .posture import measure_posture
from .seen import SeenWalk, chosen_frames, look_at
from .soles import by_steps, sole_errors

Array = NDArray[np.float64]

MOST_FRAMES: Final = 32
_TWISTING: Final = ("Arm", "Leg")  # upper and lower ones


def measure_if_possible(
    context: bpy.types.Context,
    job: FitJob,
    walk: Walk,
    first_frame: int,
    blended_s: tuple[float, float],
) -> Residual:
    """As ``measure_residual``; what keeps it from being measured is kept: the walk is written."""
    try:
        return measure_residual(context, job, walk, first_frame, blended_s=blended_s)
    except REPORTED as error:
        return Residual(problem=in_words(error))


def measure_residual(
    context: bpy.types.Context,
    job: FitJob,
    walk: Walk,
    first_frame: int,
    most_frames: int = MOST_FRAMES,
    *,
    blended_s: tuple[float, float] = (0.0, 0.0),
) -> Residual:
    """Look at the armature on some frames of a walk that was just written.

    The current frame is the same afterwards.

    Args:
        context: whose scene shows the walk.
        job, walk: what was written.
        first_frame: of the walk in the scene.
        most_frames: how many frames are looked at, evenly spread.
        blended_s: seconds at the two ends that blend with another pose, and are left out.
    """
    if not is_evaluated(context, bpy.data.objects[(job.rig.object_name, None)]):
        return Residual()
    chosen = chosen_frames(walk, most_frames, blended_s)
    seen = look_at(context, job, walk, first_frame, chosen)
    feet = foot_errors(seen)
    off, turned = _write_errors(seen)
    soles = sole_errors(context, seen, first_frame)
    found = Residual(
        residual_cm=100.0 * float(np.linalg.norm(limb_errors(seen), axis=-1).mean()),
        write_error_cm=100.0 * float(off.mean()),
        write_error_max_cm=100.0 * float(off.max()),
        write_turn_max_deg=float(np.degrees(turned.max())),
        foot_error_cm=100.0 * float(feet.max()) if len(feet) else None,
        foot_error_mean_cm=100.0 * float(feet.mean()) if len(feet) else None,
        sole_mean_cm=100.0 * float(soles.mean()),
        sole_max_cm=100.0 * float(soles.max()),
        sole_off_steps_max_cm=100.0 * float(soles[~by_steps(seen)].max(initial=0.0)),
        size=walk.scale,
        **asdict(measure_posture(seen)),
    )
    if not found.moved_otherwise:
        return found
    # An arm's length makes one of the two.
    return replace(found, causes=_causes(context, seen, first_frame, off + walk.scale * turned))


def _causes(
    context: bpy.types.Context, looked: SeenWalk, first_frame: int, off: Array
) -> tuple[str, ...]:
    """What moves the bones away from their keys, on the frame where they are most off (K, N)."""
    armature = bpy.data.objects[(looked.job.rig.object_name, None)]
    worst = int(off.max(axis=1).argmax())
    bones = {joint: bone for bone, joint in looked.job.rig.joint_map.items()}
    names = [bones[joint] for joint in looked.joints]
    with playhead_kept(context.scene):
        show_frame(context.scene, first_frame + int(looked.chosen[worst]))
        found = find_causes(armature, _walk_playing(armature), names)
    if not found and looked.job.root_motion is not RootMotion.IN_PLACE:
        found = what_carries(context, armature, (first_frame + looked.chosen).astype(np.float64))
    return tuple(found)


def _walk_playing(armature: bpy.types.Object) -> bpy.types.Action | None:
    """The uppermost walk of ours that plays on an object."""
    actions = (bpy.data.actions.get(each.action) for each in reversed(playing_on(armature)))
    return next((each for each in actions if each and was_made(each, CAPABILITY)), None)


def _write_errors(seen: SeenWalk) -> tuple[Array, Array]:
    """(K, N) how far joints are from where the keys put them, metres, and bones turned, radians."""
    clip, chosen, rig = seen.walk.clip, seen.chosen, seen.job.rig
    places, turns = forward_kinematics(
        clip.skeleton,
        clip.root_positions[chosen],
        clip.rotations_wxyz[chosen].astype(np.float64),
    )
    bones = {joint: bone for bone, joint in rig.joint_map.items()}
    numbers = clip.skeleton.indices([bones[joint] for joint in seen.joints])
    off = np.linalg.norm(seen.seen - places[:, numbers], axis=-1)
    meant = quaternion_multiply(turns, rest_frames_wxyz(rig))[:, numbers]
    shown = rotations_of(seen.turns)
    cosine = np.abs(np.sum(meant * shown, axis=-1))
    turned = 2.0 * np.arccos(np.clip(cosine, 0.0, 1.0))
    if rig.controls is not None:  # which spread the twist of a limb over several bones
        turned[:, [joint.endswith(_TWISTING) for joint in seen.joints]] = 0.0
    return off, np.asarray(turned)

"""How a walk takes part in a performance: the legs and the root are its own.

What moves a character already stays as it is, unless somebody ticks the box. Who is moved by
nothing and not set down, bent or folded by hand is let stand, so that nobody performs with spread
arms or stiff as a doll. A rig with controls counts as posed by hand as soon as one is moved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from ...blender.declared import set_undone
from ...blender.face.shape_keys import armature_of
from ...blender.keys.beneath import PLACING, playing_on
from ...blender.keys.undo import Undo
from ...blender.models.preferred import model_choice
from ...blender.rig.acting import acting_constraints
from ...blender.rig.joint_map import judge_joints
from ...blender.rig.warnings import without_layers_before
from ...blender.timeline import animation_frame, frame_rate_of
from ...core.errors import SkeletonError
from ...core.ground.standing import MAX_STAND_S
from ...core.jobs import Outcome
from ...core.notes import Note
from .. import reason_of_another
from ..character.chosen import reason_if_linked
from ..package import Cue, Part, Written
from .direction.going import GoKind, reason_not_to_go
from .properties import has_controls, walk_settings_of

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import Walk, WalkJob

_AT_REST: Final = 1e-4
_LEGS: Final = ("Hips", "Spine", "LeftUpLeg", "RightUpLeg", "LeftLeg", "RightLeg")
_EYES_OF_OTHERS: Final = frozenset({"gaze"})
"""Who owns the eyes, where it takes part."""
_LAYERS: Final = frozenset({"speech", "gaze"})
"""Where these take part, whatever goes by the motion of the body is written again after it."""
_TURNED_DEG: Final = 25.0
"""Who stands at ease turns none of these as far."""
_MOVED: Final = 0.05
"""Of the height."""
_HEAD: Final = ("Head", "Neck")


def _reason(_context: bpy.types.Context, character: bpy.types.Object, _cue: Cue) -> str | None:
    armature = armature_of(character)
    if armature is None:
        return f"'{character.name}' has no armature: it can look and speak, not walk"
    other = reason_if_linked(armature) or reason_of_another(armature, "walk")
    return other or judge_joints(armature)[1] or None


def _needed(_context: bpy.types.Context, character: bpy.types.Object, _cue: Cue) -> bool:
    armature = armature_of(character)
    return armature is not None and not (_is_moved(armature) or _is_posed(armature))


def _is_moved(armature: bpy.types.Object) -> bool:
    """Whether anything but a layer of ours animates the body or carries it along."""
    body, controls = set(_body_bones(armature)), has_controls(armature)
    for each in playing_on(armature):
        placed = any(path in PLACING for path, _ in each.channels)
        if placed or (each.bones if controls else each.bones & body):
            return True
    return not controls and any(acting_constraints(armature.pose.bones[name]) for name in body)


def _is_posed(armature: bpy.types.Object) -> bool:
    """Whether somebody has posed the character so that it does not stand: it sits, kneels, lies."""
    if has_controls(armature):
        basis = np.array([bone.matrix_basis for bone in armature.pose.bones])
        return bool(np.abs(basis - np.eye(4)).max(initial=0.0) > _AT_REST)
    joints = judge_joints(armature)[0].bones
    legs = np.array([armature.pose.bones[joints[j]].matrix_basis for j in _LEGS if j in joints])
    moved = np.linalg.norm(legs[:, :3, 3], axis=1).max(initial=0.0)
    cosines = 0.5 * (np.trace(legs[:, :3, :3], axis1=1, axis2=2) - 1.0)
    turned = np.rad2deg(np.arccos(np.clip(cosines, -1.0, 1.0))).max(initial=0.0)
    return bool(moved > _MOVED * _height(armature) or turned > _TURNED_DEG)


def _height(armature: bpy.types.Object) -> float:
    """Of the bones at rest, in the armature's own unit."""
    heads = [bone.head_local.z for bone in armature.data.bones]
    return float(max(heads) - min(heads))


def _body_bones(armature: bpy.types.Object) -> list[str]:
    joints = judge_joints(armature)[0].bones
    return [bone for joint, bone in joints.items() if joint not in _HEAD]


def _adopt(context: bpy.types.Context, character: bpy.types.Object, cue: Cue, undo: Undo) -> None:
    """Who has nowhere to go stands for as long as the performance lasts."""
    chosen = _armature(character).neural_motion.walk
    if reason_not_to_go(chosen) is not None and chosen.path is None:
        set_undone(undo, chosen.going, "go", GoKind.STAND.value)
        set_undone(undo, chosen.going, "stand_for", min(_seconds(context, cue), MAX_STAND_S))


def _read(context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> WalkJob:
    from . import scene as walk_scene

    armature = _armature(character)
    settings = walk_settings_of(context, armature)
    eyes = settings.eyes and not _EYES_OF_OTHERS & cue.taking_part
    settings = replace(settings, seed=settings.seed + cue.seed, eyes=eyes)
    if settings.going.kind is GoKind.STAND:
        longest = min(max(settings.going.stand_s, _seconds(context, cue)), MAX_STAND_S)
        first = animation_frame(context.scene, cue.first_frame)
        going = replace(settings.going, stand_s=longest)
        settings = replace(settings, going=going, start_frame=first)
    job = walk_scene.read(context, settings, model_choice(context))
    if _LAYERS <= cue.taking_part:
        rig = replace(job.rig, warnings=without_layers_before(job.rig.warnings))
        job = replace(job, rig=rig)
    return _until(job, animation_frame(context.scene, cue.last_frame))


def _until(job: WalkJob, last_frame: int) -> WalkJob:
    """The walk with so long a stand at its end that it is not over before the performance is."""
    from .scene import check_fits

    missing_s = (last_frame - check_fits(job)) / job.frame_rate_hz
    if job.path is None or missing_s <= 0:
        return job
    return replace(job, stand_after_s=min(job.stand_after_s + missing_s, MAX_STAND_S))


def _seconds(context: bpy.types.Context, cue: Cue) -> float:
    return (cue.last_frame - cue.first_frame) / frame_rate_of(context.scene)


def _write(
    context: bpy.types.Context,
    character: bpy.types.Object,
    cue: Cue,
    job: Any,
    outcome: Outcome[Walk],
    undo: Undo,
) -> Written:
    from .applying import describe_walk, keep_walk, write_walk

    shown = _armature(character).neural_motion.walk
    written = write_walk(context, shown, job, outcome, undo)
    applied = describe_walk(context, job, outcome, written)
    undo.afterwards(keep_walk, shown, job, outcome, applied)
    seconds = outcome.result.clip.duration_s
    what = "standing" if job.path is None else "walking"
    short = _seconds(context, cue) - seconds
    notes = [Note(f"it stands still for the last {short:.0f} s")] if short > 1.0 else []
    told = (*job.notes, *applied.warnings, *notes)
    return Written(f"{seconds:.1f} s of {what}", told, (written.action_name,))


def _armature(character: bpy.types.Object) -> bpy.types.Object:
    armature = armature_of(character)
    if armature is None:
        raise SkeletonError(f"'{character.name}' has no armature: it cannot walk")
    return armature


PART: Final = Part(
    name="walk",
    title="Walk",
    order=10,
    moves="The legs and the root, if there is a path or a target; else it stands",
    reason=_reason,
    adopt=_adopt,
    read=_read,
    write=_write,
    usual=False,
    needed=_needed,
)

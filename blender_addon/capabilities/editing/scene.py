"""Edits of motion in the scene: read what a character does, write what became of it.

``read`` and ``write`` belong on the main thread; ``EditJob.run`` between them touches no Blender
data and may run on any thread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import bpy
import numpy as np

from ...blender.keys.options import DEFAULT_LAYER, DEFAULT_RESULT, ResultKind, ResultOptions
from ...blender.keys.played import check_keys, played_span
from ...blender.rig.skeleton import RigSkeleton, read_skeleton
from ...blender.rig.take import Take, read_take
from ...blender.rig.warnings import without_layers_before
from ...blender.timeline import animation_frame, animation_rate_of, playhead_kept
from ...core.conventions import Bools
from ...core.errors import SettingsError
from ...core.inference.choice import ModelChoice
from ...core.notes import Note
from .checks import check_choice, check_length, check_writable
from .choice import Edit, EditChoice
from .chosen import chosen_joints, joints_by_bone
from .gaps import keyed_frames, known_by_keys, known_outside
from .job import EditJob
from .reference import read_alone, read_reference
from .result.last import last_left_out
from .ways import read_way, way_through
from .writing import write
from .written import CAPABILITY

__all__ = ["CAPABILITY", "read", "write"]

_AROUND_S: Final = 2.0
"""So much of the motion before and after a range is looked at as well."""
_WITH_MOTION_AROUND: Final = (Edit.FILL, Edit.CLEAN, Edit.RESTYLE, Edit.VARY)


def read(
    context: bpy.types.Context, choice: EditChoice, models: ModelChoice | None = None
) -> EditJob:
    """Read a character's motion from the scene, and check all of it; changes nothing.

    Args:
        context: whose scene.
        choice: what the user chose.
        models: where the models lie and how to run them.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    check_choice(choice)
    options = _options(choice)
    rig = read_skeleton(context, choice.armature)
    armature = choice.armature
    check_writable(armature, options)
    with playhead_kept(context.scene):
        if choice.edit is Edit.CONNECT:
            job = _read_two(context, choice)
        else:
            job = _read_one(context, armature, rig, choice, options)
    notes = (*without_layers_before(rig.warnings), *job.notes, *_hidden(job.take))
    return replace(
        job, settings=choice.settings, seed=choice.seed, variants=choice.variants,
        options=options, models=models or ModelChoice(), notes=tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def _options(choice: EditChoice) -> ResultOptions:
    usual = replace(DEFAULT_LAYER, replace_last=True, markers=True)
    if not choice.edit.keeps_time:
        usual = replace(DEFAULT_RESULT, markers=True)
    options = choice.result or usual
    if options.kind is ResultKind.LAYER and not choice.edit.keeps_time:
        raise SettingsError(
            f"{choice.edit.value.title()} gives frames another time, which a layer cannot hold. "
            "Choose a new action or an NLA strip as the result"
        )
    return options


def _read_one(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    choice: EditChoice,
    options: ResultOptions,
) -> EditJob:
    """A job on all that plays, or a range of it."""
    rate = animation_rate_of(context.scene)
    with last_left_out(armature, choice.edit, options):
        played = played_span(armature)
        span = _span(context, choice, played)
        frames = _frames(choice, span, played, rate)
        check_length(choice.edit, len(frames), rate)
        with last_left_out(armature, choice.edit, options, span, context.scene):
            check_keys(armature)
            take = read_take(context, armature, rig, frames)
        known = _known(armature, choice, take, span)
    joints = chosen_joints(rig, take.body, choice.bones)
    job = EditJob(
        edit=choice.edit, settings=choice.settings, take=take, span=span,
        is_part=choice.frame_range is not None, known=_only(known, joints), joints=joints,
        bones=choice.bones, missing=_missing(take, choice, span),
    )  # fmt: skip
    if choice.edit is Edit.RESTYLE:
        other = choice.reference_armature
        job = replace(job, reference=read_reference(context, armature, other, choice.reference))
    return _with_path(context, job, choice)


def _read_two(context: bpy.types.Context, choice: EditChoice) -> EditJob:
    """A job on two strips or actions."""
    armature = choice.armature
    first, second = (read_alone(context, armature, n) for n in (choice.first, choice.second))
    span = first.first, first.last + len(second.frames)
    return EditJob(edit=choice.edit, settings=choice.settings, take=first, second=second, span=span)


def _span(
    context: bpy.types.Context, choice: EditChoice, played: tuple[int, int]
) -> tuple[int, int]:
    """First and last frame that may change."""
    if choice.frame_range is None:
        return played
    first, last = (animation_frame(context.scene, frame) for frame in choice.frame_range)
    if last - first < 2:
        raise SettingsError(
            f"between frames {first} and {last} there is nothing to change. Choose a first and a "
            "last frame at least two apart"
        )
    if first >= played[0] and last <= played[1]:
        return first, last
    if choice.edit is Edit.FILL:
        raise SettingsError(_no_pose_there(first, last, played))
    inside = max(first, played[0]), min(last, played[1])
    if inside[1] - inside[0] < 2:
        raise SettingsError(
            f"nothing plays from frame {first} to {last}; the motion lasts from {played[0]} to "
            f"{played[1]}. Choose a range within it"
        )
    return inside


def _no_pose_there(first: int, last: int, played: tuple[int, int]) -> str:
    where = "before" if first < played[0] else "after"
    frame = first if first < played[0] else last
    return (
        f"frame {frame} lies {where} the motion, which lasts from {played[0]} to {played[1]}: a "
        "gap needs a pose at both ends. Key a pose there, or choose a range within the motion"
    )


def _frames(
    choice: EditChoice, span: tuple[int, int], played: tuple[int, int], rate: float
) -> np.ndarray:
    """(K,) frames that are read: of a range those around it as well."""
    around = round(_AROUND_S * rate) if choice.edit in _WITH_MOTION_AROUND else 0
    first, last = max(span[0] - around, played[0]), min(span[1] + around, played[1])
    return np.arange(first, last + 1, dtype=np.float64)


def _known(
    armature: bpy.types.Object, choice: EditChoice, take: Take, span: tuple[int, int]
) -> Bools | None:
    if choice.edit is not Edit.FILL:
        return None
    if choice.gaps_over is None:
        return known_outside(take.frames, *span)
    data = armature.animation_data
    if data is None or data.action is None:
        raise SettingsError(
            f"'{armature.name}' has no active action between whose keys gaps could be filled. "
            "Assign one, or choose a range of frames"
        )
    joints = joints_by_bone(take.rig, take.body)
    keyed = keyed_frames(armature, joints, take.rig.ancestors)
    known = known_by_keys(keyed, take.frames, choice.gaps_over, data.action.name)
    outside = (take.frames < span[0]) | (take.frames > span[1])
    return known | outside[:, None]


def _only(known: Bools | None, joints: Bools | None) -> Bools | None:
    """What is known where only some joints may change."""
    if known is None or joints is None:
        return known
    free = np.concatenate((joints[:1], joints))
    return known | ~free


def _missing(take: Take, choice: EditChoice, span: tuple[int, int]) -> Bools | None:
    """(T, 23) what of a capture is not to be believed."""
    joints = chosen_joints(take.rig, take.body, choice.missing)
    if joints is None:
        return None
    inside = (take.frames >= span[0]) & (take.frames <= span[1])
    marked = np.concatenate((joints[:1], joints))
    return inside[:, None] & marked[None, :]


def _with_path(context: bpy.types.Context, job: EditJob, choice: EditChoice) -> EditJob:
    if choice.edit is Edit.FOLLOW and choice.path is None:
        raise SettingsError("no path is chosen. Choose a curve that the character shall follow")
    if choice.path is None or choice.edit not in (Edit.FILL, Edit.FOLLOW):
        return job
    points, notes = read_way(context, choice.path, job.take)
    if choice.edit is Edit.FILL:
        points = way_through(job.take, points, *job.span)
    return replace(job, path=points, notes=(*job.notes, *notes))


def _hidden(take: Take) -> list[str]:
    return [Note(f"the bone '{name}' {why}") for name, why in take.body.hidden]

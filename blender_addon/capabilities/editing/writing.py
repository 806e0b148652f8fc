"""Writes an edit into the scene: a layer with a strength, a new action, or a strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import bpy

from ...blender.keys.density import KeyCount
from ...blender.keys.layers import Layer
from ...blender.keys.options import ResultKind, ResultOptions
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo, undone_on_error
from ...blender.timeline import extend_scene, playhead_kept, unseen_frames
from ...core.editing.edited import Edited
from ...core.notes import Note
from .checks import check_writable
from .editors import keeps_time
from .job import EditJob
from .result.actions import write_actions
from .result.layers import write_layers
from .written import WrittenEdit, armature_named


def write(
    context: bpy.types.Context,
    job: EditJob,
    edited: Sequence[Edited],
    options: ResultOptions | None = None,
    undo: Undo | None = None,
) -> WrittenEdit:
    """Write an edit: a layer, an action or a strip; on any error nothing is changed.

    Args:
        context: whose scene.
        job, edited: what was made of it.
        options: how it is written; None for what the job says.
        undo: how to take everything back is registered here, for when something after this fails.

    Raises:
        InputError: the character is gone or cannot be animated any more.
    """
    options = options or job.options
    armature = armature_named(job.take.rig.object_name)
    notes = [*job.notes, *(note for each in edited for note in each.notes)]
    stays = all(keeps_time(each, job.take.common) for each in edited)
    if options.kind is ResultKind.LAYER and not stays:
        options = replace(options, kind=ResultKind.ACTION)
        notes.append(Note("frames have another time now, so it is a new action instead of a layer"))
    check_writable(armature, options)
    with playhead_kept(context.scene), undone_on_error(undo) as own:
        if options.kind is ResultKind.LAYER:
            layers = write_layers(context, armature, job, edited, options, own)
            names = tuple(each.action_name for each in layers)
            keys, gave_way = layers[0].keys if layers else KeyCount(), _gave_way(layers)
        else:
            actions = write_actions(context, armature, job, edited, options, own)
            names = tuple(action.name for action, _ in actions)
            keys, gave_way = actions[0][1] if actions else KeyCount(), ()
        first, last = _span(job, edited, stays)
        extended = _extended(context, names, last)
    unseen = unseen_frames(context.scene, first, last)
    notes += [unseen] if unseen else []
    return WrittenEdit(
        names, first, last, _summary(job, edited, names), tuple(dict.fromkeys(notes)),
        dict(edited[0].measures) if edited else {}, edited[0].means if names else "", keys,
        gave_way, extended,
    )  # fmt: skip


def _gave_way(layers: Sequence[Layer]) -> tuple[str, ...]:
    """What the variant that was written first lay over; the others mute one another besides."""
    return layers[-1].gave_way if layers else ()


def _span(job: EditJob, edited: Sequence[Edited], stays: bool) -> tuple[int, int]:
    if stays or not edited:
        return job.span
    return job.take.first, job.take.first + edited[0].clip.frame_count - 1


def _extended(context: bpy.types.Context, names: Sequence[str], last: int) -> bool:
    if not names:
        return False
    actions = [bpy.data.actions[name] for name in names]
    remember_together(names)
    return extend_scene(context.scene, last, actions)


def _summary(job: EditJob, edited: Sequence[Edited], names: Sequence[str]) -> str:
    title, character = job.edit.value.title(), job.take.rig.object_name
    if not names:
        return f"{title} changed nothing: the motion of '{character}' is as it should be already"
    variants = f", {len(names)} variants" if len(names) > 1 else ""
    stays = keeps_time(edited[0], job.take.common)
    first, last = _span(job, edited, stays)
    return f"{title}: frames {first} to {last} of '{character}'{variants}"

"""Writes motion that came of a film: an action or a strip, and an empty for each joint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import bpy

from ...blender.keys.density import KeyCount, KeyDensity
from ...blender.keys.keyframes import Channel
from ...blender.keys.options import DEFAULT_RESULT, ResultOptions
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo, undone_on_error
from ...blender.rig.body_motion import BodyMotion, write_body_motion
from ...blender.rig.loose_fingers import MovingBody, loose_fingers
from ...blender.timeline import extend_scene, playhead_kept, unseen_frames
from ...core.errors import SkeletonError
from ...core.feet.landings import landings
from ...core.keys.reduction import contact_frames
from ...core.notes import Note
from .empties import write_empties
from .job import VideoJob, VideoMotion

CAPABILITY: Final = "video"


@dataclass(frozen=True)
class WrittenVideo:
    """What was written.

    Args:
        action_name: the new action.
        first_frame, last_frame: where its keys lie.
        extended_scene: whether the scene's end was moved to the last frame.
        keys: how many there are, and what leaving some out costs.
        collection_name: of the empties; empty without any.
        notes: what may keep it from being seen, in the user's words.
    """

    action_name: str
    first_frame: int
    last_frame: int
    extended_scene: bool
    keys: KeyCount = field(default_factory=KeyCount)
    collection_name: str = ""
    notes: tuple[str, ...] = ()


def write(
    context: bpy.types.Context,
    job: VideoJob,
    motion: VideoMotion,
    options: ResultOptions | None = None,
    undo: Undo | None = None,
) -> WrittenVideo:
    """Write motion as an action or a strip; on any error nothing is changed.

    Args:
        context: whose scene.
        job: what was asked for.
        motion: what came of it.
        options: how it is written; None for the usual.
        undo: answers for it where something after this may fail.

    Raises:
        InputError: the character is gone or cannot be animated any more.
    """
    armature, options = armature_of(job), options or DEFAULT_RESULT
    contacts = motion.clip.contacts
    chosen = None
    if options.density is KeyDensity.CHOSEN_FRAMES and contacts is not None:
        chosen = contact_frames(contacts)
    first, last = int(job.frames[0]), int(job.frames[-1])
    moments = () if contacts is None else tuple((first + n, name) for n, name in landings(contacts))
    body = BodyMotion(
        title="Video", rig=job.rig, clip=motion.clip, track=motion.track, scale=motion.scale,
        frames=job.frames, root_motion=job.root_motion, limbs=job.limbs, chosen=chosen,
        moments=moments,
    )  # fmt: skip
    fingers, told = _fingers(armature, job, motion)
    with playhead_kept(context.scene), undone_on_error(undo) as own:
        action, keys = write_body_motion(
            context, armature, body, CAPABILITY, options, lambda *_: fingers, own
        )
        remember_together([action.name])
        collection = ""
        if job.empties:
            collection = write_empties(context, armature.name, motion.joints_m, job.frames, own)
        extended = extend_scene(context.scene, last, [action])
    unseen = unseen_frames(context.scene, first, last)
    notes = (*told, unseen) if unseen else told
    return WrittenVideo(action.name, first, last, extended, keys, collection, notes)


def _fingers(
    armature: bpy.types.Object, job: VideoJob, motion: VideoMotion
) -> tuple[list[Channel], tuple[str, ...]]:
    """Channels of loose fingers, and which hands are left to what animates them."""
    if not job.fingers:
        return [], ()
    body = MovingBody(job.rig, motion.clip, motion.track, motion.scale)
    fingers, left = loose_fingers(armature, body, job.frames, CAPABILITY)
    told = [
        Note(f"the fingers of the {side.lower()} hand are left to {other.label}")
        for side, other in left.items()
    ]
    return fingers, tuple(told)


def armature_of(job: VideoJob) -> bpy.types.Object:
    """The armature that a job's rig was read from.

    Raises:
        SkeletonError: it is gone.
    """
    armature = bpy.data.objects.get((job.rig.object_name, None))
    if armature is None:
        raise SkeletonError(f"'{job.rig.object_name}' is gone. Choose a character and try again")
    return armature

"""Lets a face speak a sound: read the scene, run the pipeline, write the keys.

``read`` and ``write`` belong on the main thread; ``SpeechJob.run`` between them
touches no Blender data and may run on any thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.face.blinking import Lids, blinked_by, blinks_left_to, keep_blinks, lids_of
from ...blender.face.over_held import channels_over_held
from ...blender.face.shape_keys import (
    armature_of,
    beyond_slider,
    check_face_meshes,
    driven_shapes,
    find_face_meshes,
    having_shapes,
)
from ...blender.face.shown import is_seen_to_move
from ...blender.keys.density import KeyCount
from ...blender.keys.keyframes import MAX_FRAME
from ...blender.keys.layers import Layer, add_layer
from ...blender.keys.options import EASED_LAYER, ResultOptions
from ...blender.keys.sliders import Slider, sample_slider
from ...blender.keys.strips import StripEnds
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo, undone_on_error
from ...blender.rig.joint_map import lost_joints
from ...blender.sound.choice import SoundChoice, read_sound
from ...blender.sound.scene_sound import SceneSound
from ...blender.timeline import extend_scene, playhead_kept
from ...core.errors import FaceError, InputError, SettingsError, SoundError
from ...core.face.held import CLOSED, meetings_of_shapes
from ...core.face.table import TableRow
from ...core.face.targets import follow_lips
from ...core.inference.choice import ModelChoice
from ...core.notes import warnings_in
from ...core.settings import declared
from ...core.sound.fingerprint import fingerprint
from ...core.speech.emotions import EmotionMark
from ...core.speech.phone_list import ToldPhones
from ...core.speech.pipeline import SpeechRequest
from ...core.speech.settings import SpeakerSettings, SpeechOptions
from ...core.wording import listed
from .bones import face_bone_channels, find_head_bone, head_channels
from .face import Face, face_warnings, read_face
from .heard import HeardSound, choice_name, corrected_phones
from .job import Speech, SpeechJob
from .listening import Nods
from .marks import read_emotions
from .own_mesh import notes_of_own, open_own_mesh, prepare_own_mesh, read_own_face

CAPABILITY: Final = "speech"
_CLEARLY: Final = 0.1  # weight that would be seen
_AT_ONCE: Final = 1e-3  # frames; the ends themselves are left out

Curve = float | NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SpeechSettings(SpeakerSettings):
    """What the user chose.

    Args:
        character: mesh of the face, or armature of all its meshes.
        sound: what is said.
        start_frame: where a file begins; None for the scene's current frame.
        frame_range: first and last frame of the keys; None for as long as the sound lasts.
        table: what moves what; None for whatever is recognised by its name.
        styles, expressions: by name; may be keyed on the owner.
        strength_path: RNA path of the strength on the owner, where it may be keyed; else empty.
        owner: the object that keeps these settings; None for the character.
        kept: settings of a character, in which lists of phones lie; None for none.
        hear_again: listen for phones even where their list was corrected; it is replaced then.
    """

    character: bpy.types.Object | None
    sound: SoundChoice = field(default_factory=SoundChoice)
    start_frame: int | None = None
    frame_range: tuple[int, int] | None = None
    table: Sequence[TableRow] | None = None
    styles: Mapping[str, Slider] = field(default_factory=dict)
    expressions: Mapping[str, Slider] = field(default_factory=dict)
    strength_path: str = ""
    owner: bpy.types.Object | None = None
    kept: bpy.types.PropertyGroup | None = None
    hear_again: bool = False


@dataclass(frozen=True)
class WrittenSpeech:
    """What became of a speech in the scene.

    Args:
        layer_names: NLA tracks written, one for each mesh and one for the armature.
        first_frame, last_frame: where the keys lie.
        extended_scene: whether the scene's end was moved to the last frame.
        warnings: what could not be done, and why.
        keys: how many there are, and what leaving some out costs.
        gave_way: earlier speech that this one lies over, and what became of it, a line each.
    """

    layer_names: tuple[str, ...]
    first_frame: int
    last_frame: int
    extended_scene: bool
    warnings: tuple[str, ...] = ()
    keys: KeyCount = field(default_factory=KeyCount)
    gave_way: tuple[str, ...] = ()


def read(
    context: bpy.types.Context, settings: SpeechSettings, models: ModelChoice | None = None
) -> SpeechJob:
    """Read face and sound from the scene, and check all of it; changes nothing.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    character = settings.character
    if character is None or character.type not in ("MESH", "ARMATURE"):
        raise FaceError("no character is chosen. Choose the mesh of a face, or its armature")
    own = open_own_mesh(models or ModelChoice())
    face = read_face(character, settings.table) if own is None else read_own_face(character, own)
    start = settings.start_frame
    placed = read_sound(
        context.scene, settings.sound, context.scene.frame_current if start is None else start
    )
    if placed is None:
        raise SoundError("no sound is chosen. Choose a sound file or a strip of the sequencer")
    frames = _read_frames(placed, settings)
    head_bone = find_head_bone(armature_of(character)) if settings.nods else None
    blinks = settings.upper_face and settings.blinks
    lids = _lids(character, face)
    others = {what: blinked_by(what, lids, frames) & blinks for what in ("gaze", "walk")}
    blinking = others["gaze"] | others["walk"]
    owner, strength = settings.owner or character, Slider(settings.strength, settings.strength_path)
    marks, told = _read_marks(context.scene, settings, character, placed, frames)
    recording = fingerprint(placed.sound)
    kept = None if settings.hear_again else settings.kept
    told_phones = None if kept is None else corrected_phones(kept, recording)
    request = SpeechRequest(
        sound=placed.sound,
        frame_rate_hz=placed.frame_rate_hz,
        start_s=float(placed.seconds_at(frames[0])),
        duration_s=(len(frames) - 1) / placed.frame_rate_hz,
        style=_sample(context, owner, settings.styles, frames),
        expressions=_sample(context, owner, settings.expressions, frames),
        marks=marks,
        strength=sample_slider(context, owner, strength, frames),
        unblinking=blinking if blinking.any() else None,
        **_phones(told_phones),
        **{
            each.field: getattr(settings, each.field)
            for each in declared(SpeechOptions)
            if each.field != "strength"
        },
    )
    return SpeechJob(
        character.name, placed, frames, face.mapping, tuple(face.rows), request,
        (head_bone or "") if settings.upper_face else "",
        (
            *placed.warnings,
            *lost_joints(armature_of(character)),
            *(notes_of_own(_laid_over(request)) if own else face_warnings(character, face)),
            *told,
            *chain(*(blinks_left_to(what, frames[where]) for what, where in others.items())),
        ),
        models or ModelChoice(), own,
        HeardSound(
            choice_name(settings.sound),
            recording,
            *(float(placed.seconds_at(frame)) - settings.offset_s for frame in frames[[0, -1]]),
        ),
    )  # fmt: skip


def _laid_over(request: SpeechRequest) -> dict[str, object]:
    """Expressions and emotions that are asked for."""
    return {**request.expressions, **{mark.emotion: mark for mark in request.marks}}


def _phones(told: ToldPhones | None) -> dict[str, Any]:
    """Fields of a request."""
    if told is None:
        return {}
    return {"phones": told.phones, "phones_between_s": (told.from_s, told.to_s)}


def _read_marks(
    scene: bpy.types.Scene,
    settings: SpeechSettings,
    character: bpy.types.Object,
    placed: SceneSound,
    frames: NDArray[np.float64],
) -> tuple[tuple[EmotionMark, ...], tuple[str, ...]]:
    if not settings.markers:
        return (), ()
    return read_emotions(scene, character, placed, float(frames[0]))


def character_of(job: SpeechJob) -> bpy.types.Object:
    """Who speaks.

    Raises:
        FaceError: someone removed it meanwhile.
    """
    character = bpy.data.objects.get((job.character_name, None))
    if character is None:
        raise FaceError(f"'{job.character_name}' is gone. Choose a character and try again")
    return character


def write(
    context: bpy.types.Context,
    job: SpeechJob,
    speech: Speech,
    options: ResultOptions = EASED_LAYER,
    undo: Undo | None = None,
    nods: Nods | None = None,
) -> WrittenSpeech:
    """Write a speech as layers on top of what is there; nothing that exists is overwritten.

    Args:
        context: whose scene.
        job, speech: what was generated.
        options: how the layers are written.
        undo: answers for what was written, where something after this may fail.
        nods: of somebody who listens as well; laid on the head before, between and after the words.

    Raises:
        InputError: the face is gone or cannot be animated any more; nothing is changed then.
    """
    character = character_of(job)
    meshes = find_face_meshes(character) if job.own_mesh is None else []
    if used := having_shapes(meshes, job.mapping.shapes):
        check_face_meshes(character, used)
    layers: list[Layer] = []
    warnings = list(speech.result.warnings)
    meetings = meetings_of_shapes(job.mapping)
    with playhead_kept(context.scene), undone_on_error(undo) as own:
        if job.own_mesh is not None:
            meshes = prepare_own_mesh(character, job.own_mesh, speech.shapes, own)
        for mesh in meshes:
            driven = set(driven_shapes(mesh, speech.shapes))
            shapes = {name: w for name, w in speech.shapes.items() if name not in driven}
            channels = channels_over_held(context, mesh, shapes, meetings, job.frames, "Speech")
            if channels:
                name = f"{mesh.name} Speech"
                keys = mesh.data.shape_keys
                layers.append(add_layer(context, keys, CAPABILITY, name, channels, own, options))
            if cut := beyond_slider(mesh, shapes):
                warnings.append(
                    f"{listed(cut)} of '{mesh.name}' would leave the range of the slider and is "
                    "cut off there. Lower the gain, or widen the range"
                )
        layers += _write_bones(context, character, job, speech, nods, options, own, warnings)
        remember_together(layer.action_name for layer in layers)
        keep_blinks(layers, job.frames, _blinking(job))
        if layers and not warnings_in(job.warnings):
            warnings += _unseen(context, meshes, job, speech, options)
    first, last = int(job.frames[0]), int(job.frames[-1])
    written = [bpy.data.actions[layer.action_name] for layer in layers]
    extended = extend_scene(context.scene, last, written)
    if not layers:
        warnings.append("nothing moves in this sound, so no key was written")
    names = tuple(layer.track_name for layer in layers)
    count = sum((layer.keys for layer in layers), KeyCount())
    gave_way = tuple(line for layer in layers for line in layer.gave_way)
    return WrittenSpeech(names, first, last, extended, tuple(warnings), count, gave_way)


def _unseen(
    context: bpy.types.Context,
    meshes: Sequence[bpy.types.Object],
    job: SpeechJob,
    speech: Speech,
    options: ResultOptions,
) -> list[str]:
    """What to say where keys were written and the meshes stay as they are all the same."""
    used = having_shapes(meshes, speech.shapes)
    opened = sum((np.abs(weights) for weights in speech.shapes.values()), np.zeros(1))
    shown = opened * _let_in(context.scene, job.frames, options)
    apart = int(np.argmin(shown)), int(np.argmax(shown))
    if not used or shown[apart[1]] - shown[apart[0]] < _CLEARLY:
        return []
    low, high = (int(job.frames[each]) for each in apart)
    if is_seen_to_move(context, used, (low, high)):
        return []
    modified = any(modifier.show_viewport for mesh in used for modifier in mesh.modifiers)
    why = "a modifier stands in the way. Switch its modifiers off one by one"
    if not modified:
        why = "something stands in the way. Look through its shape keys"
    who = listed([mesh.name for mesh in used])
    return [f"{who} got keys but is not seen to move: {why}, or choose other meshes"]


def _let_in(
    scene: bpy.types.Scene, frames: NDArray[np.float64], options: ResultOptions
) -> NDArray[np.float64]:
    """(K,) how much of a layer shows on each of its frames, from 0 to 1, as its ends blend."""
    ends = StripEnds.of(scene, options.blend_in_s, options.blend_out_s)
    half = 0.5 * float(frames[-1] - frames[0])
    rise = max(min(ends.blend_in_frames, half), _AT_ONCE)
    fall = max(min(ends.blend_out_frames, half), _AT_ONCE)
    inside = np.minimum((frames - frames[0]) / rise, (frames[-1] - frames) / fall)
    return np.asarray(np.clip(inside, 0.0, 1.0))


def _read_frames(placed: SceneSound, settings: SpeechSettings) -> NDArray[np.float64]:
    """Whole frames from the first in which the sound is heard to the one in which it has ended."""
    first, last = int(np.floor(placed.start_frame)), int(np.ceil(placed.end_frame))
    if settings.frame_range is not None:
        first, last = settings.frame_range
        if last < first:
            raise SettingsError(f"the frame range ends at {last}, before it begins at {first}")
        if last < placed.start_frame or first > placed.end_frame:
            raise SettingsError(
                f"'{placed.name}' is heard from frame {placed.start_frame:.0f} to "
                f"{placed.end_frame:.0f}, not between {first} and {last}. Change the range"
            )
    if last > MAX_FRAME or first < -MAX_FRAME:
        raise SettingsError(
            f"'{placed.name}' would end at frame {last}; Blender's last frame is {MAX_FRAME}. "
            "Choose a range, or lower the frame rate"
        )
    return np.arange(first, last + 1, dtype=np.float64)


def _sample(
    context: bpy.types.Context,
    owner: bpy.types.Object,
    sliders: Mapping[str, Slider],
    frames: NDArray[np.float64],
) -> dict[str, Curve]:
    sampled = {n: sample_slider(context, owner, s, frames) for n, s in sliders.items()}
    return {name: value for name, value in sampled.items() if np.any(value)}


def _lids(character: bpy.types.Object, face: Face) -> list[Lids]:
    shapes = {name for each in CLOSED for name, _ in face.mapping.targets.get(each, ())}
    bones = [row.target for row in face.rows if row.channel in CLOSED]
    return lids_of(face.meshes, shapes, armature_of(character), bones)


def _blinking(job: SpeechJob) -> NDArray[np.bool_]:
    """(K,) on which frames a speech blinks as chance has it."""
    asked = job.request
    if not (asked.upper_face and asked.blinks):
        return np.zeros(len(job.frames), bool)
    return np.ones(len(job.frames), bool) if asked.unblinking is None else ~asked.unblinking


def _write_bones(
    context: bpy.types.Context,
    character: bpy.types.Object,
    job: SpeechJob,
    speech: Speech,
    nods: Nods | None,
    options: ResultOptions,
    undo: Undo,
    warnings: list[str],
) -> list[Layer]:
    armature = armature_of(character)
    if armature is None:
        return []
    clip, offsets, frames = speech.result.clip, speech.result.head_offset_rad, job.frames
    if "mouthClose" not in job.mapping.targets:
        clip = follow_lips(clip)
    if nods is not None and nods.count:
        clip, offsets, frames = nods.around(clip, offsets, frames)
    channels = face_bone_channels(context, armature, job.rows, clip, frames)
    head: list = []
    if job.head_bone in armature.pose.bones and offsets.any():
        head = head_channels(context, armature, job.head_bone, offsets, frames)
    name = f"{armature.name} Speech"
    try:
        if channels or head:
            both = [*channels, *head]
            return [add_layer(context, armature, CAPABILITY, name, both, undo, options)]
    except InputError as error:
        if channels:
            raise
        warnings.append(f"the head does not nod: {error}")
    return []

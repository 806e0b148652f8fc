"""Lets the mouth follow a corrected list at once, without running the network again.

What the network said is kept for the session, within a limit of bytes, under a name that lies with
the list: so an undo finds what it had. A correction takes it from there: positions of lips, shapes
told, keys. Only the layer that Generate wrote is written again, and only while nobody laid a hand
on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import bpy
import numpy as np

from ...blender.face.shape_keys import armature_of, find_face_meshes
from ...blender.keys.giving_way import layers_of, meets, playing
from ...blender.keys.result_properties import layer_options
from ...blender.keys.takes import is_ours_alone
from ...core.errors import REPORTED, FaceError, SettingsError, in_words
from ...core.sound.cache import BoundedCache
from ...core.sound.waveform import ArraySound
from .heard import corrected_phones, heard_of, list_of, span_of
from .heard_changes import listen_with

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from ...core.speech.pipeline import SpeechResult
    from ...core.speech.spoken import SpokenFace
    from .job import SpeechJob

_CAPABILITY: Final = "speech"
_known: Final = BoundedCache()
GONE: Final = (
    "What the network said is no longer kept, so this correction shows once speech is generated "
    "again: press Show Corrections"
)


@dataclass(frozen=True, eq=False)
class _Kept:
    """A speech as it was written: the job without its sound, which may be a temporary file."""

    job: SpeechJob
    spoken: SpokenFace


def keep_spoken(speech: Any, job: SpeechJob, result: SpeechResult) -> None:
    """Keep what a network said for corrections of the list that belongs to it.

    Args:
        speech: settings of a character; those of a linked one are left alone.
        job: that was run.
        result: what came of it.
    """
    heard = list_of(speech, job.heard.recording)
    if heard is None or result.spoken is None or not speech.id_data.is_editable:
        return
    silent = ArraySound(np.zeros(1, np.float32))
    kept = _Kept(
        replace(
            job, sound=replace(job.sound, sound=silent), request=replace(job.request, sound=silent)
        ),
        result.spoken,
    )
    heard.spoken = uuid4().hex
    _known.keep(heard.spoken, kept, result.spoken.bytes)


def is_kept(heard: Any) -> bool:
    """Whether a correction of a list shows without running the network."""
    return _known.find(heard.spoken) is not None


def solve(context: bpy.types.Context, speech: Any, heard: Any) -> None:
    """Bring the mouth to a list as it is now.

    Args:
        context: whose scene.
        speech: settings of the character.
        heard: the list, one of these settings.

    Raises:
        SettingsError: what the network said is no longer kept (``GONE``), or a line is wrong.
        FaceError: the layer was changed by hand, or is gone; nothing is changed then.
    """
    from ...core.face.targets import face_to_shapes
    from ...core.speech.pipeline import result_of
    from . import scene as speech_scene
    from .job import Speech

    kept = _known.find(heard.spoken)
    if not isinstance(kept, _Kept):
        raise SettingsError(GONE)
    character = speech_scene.character_of(kept.job)
    require_untouched(character, heard)
    told = corrected_phones(speech, heard.sound)
    result = result_of(kept.spoken, told)
    shapes = face_to_shapes(result.clip, kept.job.mapping)
    options = replace(layer_options(speech.result), replace_last=True)
    end = context.scene.frame_end
    speech_scene.write(context, kept.job, Speech(result, shapes), options)
    context.scene.frame_end = end  # Generate moved it if need be; it may have been moved back since


def require_untouched(character: bpy.types.Object, heard: Any) -> None:
    """Refuse to write a speech again on which somebody laid a hand.

    Raises:
        FaceError: a layer of the speech was changed, or there is none.
    """
    first, last = span_of(heard)
    span = np.floor(first), np.ceil(last)
    found = False
    for datablock in _datablocks(character):
        for track in playing(layers_of(datablock, _CAPABILITY)):
            if not meets(track, span):
                continue
            found = True
            if not is_ours_alone(track.strips[0], track, _CAPABILITY):
                raise FaceError(
                    f"the layer '{track.name}' was changed by hand since it was generated, so it "
                    "is left alone. The list is kept; Generate Speech heeds it in a new layer"
                )
    if not found:
        raise FaceError(
            f"no layer of speech plays on '{character.name}' from frame {first:.0f} to "
            f"{last:.0f}. The list is kept; Generate Speech heeds it"
        )


def refresh(context: bpy.types.Context, speech: Any, heard: Any) -> str:
    """Bring the mouth to a list, and note with the list why it does not follow; empty if it does.

    Args:
        context: whose scene.
        speech: settings of the character.
        heard: the list.
    """
    try:
        solve(context, speech, heard)
    except REPORTED as error:
        heard.note = in_words(error)
    else:
        heard.note = ""
    return str(heard.note)


def heard_again(speech: Any, heard: Any) -> bool:
    """Fill a list with what was heard, from what is kept; whether it is kept."""
    from .heard import refill

    kept = _known.find(heard.spoken)
    if not isinstance(kept, _Kept):
        return False
    refill(heard, kept.job.sound, kept.spoken.found)
    return True


def _datablocks(character: bpy.types.Object) -> list[bpy.types.ID]:
    keys = [mesh.data.shape_keys for mesh in find_face_meshes(character)]
    armature = armature_of(character)
    return [each for each in (*keys, armature) if each is not None]


def _row_changed(context: bpy.types.Context, owner: bpy.types.ID) -> None:
    """A field of a line was changed: the mouth follows."""
    if not isinstance(owner, bpy.types.Object):
        return
    speech = owner.neural_motion.speech
    heard = heard_of(speech)
    if heard is not None:
        refresh(context, speech, heard)


def register() -> None:
    """Follow the fields of every list."""
    listen_with(_row_changed)


def unregister() -> None:
    """Follow none, and let go of all that is kept."""
    listen_with(None)
    _known.clear()

"""Puts the sound that a face speaks into the sequencer, so that it is heard while it plays.

Only strips that were put there from here and that nobody laid a hand on since are ever moved or
taken out; everything else in the sequencer is the animator's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.notes import Note
from ..compat import either, move_strip, sequence_strips, sequencer_scene, strip_end, strip_start
from .mixdown import every_strip, parents_of, volume_curves

_MARK: Final = "neural_motion_voice"
"""Custom property of a strip: whose voice it is, and what the strip was like when it was put."""
_LAST_CHANNEL: Final = 128
_SAME_PLACE: Final = 0.5  # frames
_LEAST_SHARE: Final = 0.5
"""Of its length; a strip that comes out shorter was not read by Blender."""


@dataclass(frozen=True)
class Voice:
    """A sound file at its place.

    Args:
        owner: name of the object whose voice it is.
        path: of the file, as chosen; ``//`` stands for the folder of the .blend file.
        start_frame, end_frame: where it is heard; the end is the first frame without it.
    """

    owner: str
    path: str
    start_frame: float
    end_frame: float

    @property
    def name(self) -> str:
        """Of the file."""
        return Path(_absolute(self.path)).name


def reason_not_heard(scene: bpy.types.Scene) -> str | None:
    """Why no sound can be put into a scene's sequencer, in the user's words; None if it can."""
    if not bpy.app.build_options.audaspace:
        return "this Blender was built without its sound library and plays no sound"
    if not scene.is_editable:
        return f"the scene '{scene.name}' is linked from another file"
    return None


def add_to_sequencer(context: bpy.types.Context, voice: Voice) -> tuple[str, ...]:
    """Let a voice be heard where it is spoken.

    Nothing is done where the file lies there already. A strip put from here for the same voice
    earlier, and untouched since, goes to the new place; one of another file that would be heard at
    the same time is taken out.

    Args:
        context: whose scene.
        voice: what is heard, and where.

    Returns:
        What is good to know.
    """
    scene = context.scene
    if (reason := reason_not_heard(scene)) is not None:
        return (Note(f"'{voice.name}' was not added to the sequencer: {reason}"),)
    same = [each for each in every_strip(scene) if _plays(each, voice.path)]
    there = [each for each in same if _begins(each, voice.start_frame)]
    if there:
        return _told_of_mute(there, voice, scene)
    ours = [each for each in _untouched(scene) if _mark_of(each)["owner"] == voice.owner]
    meeting = [each for each in same if each not in ours and _meets(each, voice)]
    if meeting:
        return (_lies_elsewhere(meeting[0], voice),)
    told = _make_room(scene, [each for each in ours if each not in same], voice)
    moved = [each for each in ours if each in same]
    if moved:
        return (*told, *_move(scene, moved[0], voice), *_not_shown(context))
    return (*told, *_add(scene, voice), *_not_shown(context))


def _told_of_mute(strips: list[Any], voice: Voice, scene: bpy.types.Scene) -> tuple[str, ...]:
    if all(each.mute or _channel_is(scene, each, "mute") for each in strips):
        strip = strips[0]
        return (Note(f"the strip '{strip.name}' of '{voice.name}' is muted in the sequencer"),)
    return ()


def _lies_elsewhere(strip: Any, voice: Voice) -> Note:
    return Note(
        f"'{voice.name}' lies in the sequencer already, from frame {strip_start(strip):.0f} and "
        f"not from {voice.start_frame:.0f} on, and was not added again: it would be heard twice. "
        "Move that strip, or choose it as the sound"
    )


def _make_room(scene: bpy.types.Scene, others: list[Any], voice: Voice) -> tuple[str, ...]:
    """Take out what was put from here of other files of this voice and would sound at once."""
    out = [each for each in others if _meets(each, voice)]
    names = [each.name for each in out]
    for strip in out:
        _remove(scene.sequence_editor, strip)
    return tuple(Note(f"the earlier strip '{name}' made room in the sequencer") for name in names)


def _remove(editor: bpy.types.SequenceEditor, strip: Any) -> None:
    sound = strip.sound
    sequence_strips(editor).remove(strip)
    if sound is not None and not sound.users:
        bpy.data.sounds.remove(sound)


def _move(scene: bpy.types.Scene, strip: Any, voice: Voice) -> tuple[str, ...]:
    by = round(voice.start_frame - strip_start(strip))
    start, end = floor(strip_start(strip) + by), ceil(strip_end(strip) + by)
    channel = _free_channel(scene, start, end, [strip.channel], strip)
    if channel is None:
        return (_no_channel(voice),)
    move_strip(strip, by)  # first: in the new channel it might lie on another's strip till then
    strip.channel = channel
    _put_mark(scene, strip, voice)
    return ()


def _add(scene: bpy.types.Scene, voice: Voice) -> tuple[str, ...]:
    editor = scene.sequence_editor or scene.sequence_editor_create()
    start, end = round(voice.start_frame), ceil(voice.end_frame) + 1
    channel = _free_channel(scene, start, end)
    if channel is None:
        return (_no_channel(voice),)
    try:
        strip = sequence_strips(editor).new_sound(voice.name, voice.path, channel, start)
    except RuntimeError as error:
        return (Note(f"'{voice.name}' was not added to the sequencer: {error}"),)
    if strip_end(strip) - strip_start(strip) < _LEAST_SHARE * (voice.end_frame - start):
        _remove(editor, strip)
        return (Note(f"'{voice.name}' was not added to the sequencer: Blender cannot read it"),)
    if getattr(strip, "sound_offset", 0.0):  # of a video whose sound begins after its picture
        strip.sound_offset = 0.0
    if strip_start(strip) != start:
        move_strip(strip, start - strip_start(strip))
    if hasattr(strip, "show_waveform"):
        strip.show_waveform = True
    _put_mark(scene, strip, voice)
    return ()


def _no_channel(voice: Voice) -> Note:
    return Note(
        f"'{voice.name}' was not added to the sequencer: every channel is taken, locked or muted "
        "there. Free one"
    )


def _not_shown(context: bpy.types.Context) -> tuple[str, ...]:
    """From 5.0 on video editors may show another scene than the one that is animated."""
    shown = sequencer_scene(context)
    if shown is None or shown == context.scene:
        return ()
    return (
        Note(
            f"the sound lies in the sequencer of the scene '{context.scene.name}'; the Video "
            f"Sequencer shows '{shown.name}'"
        ),
    )


def _free_channel(
    scene: bpy.types.Scene, start: int, end: int, first: list[int] | None = None, own: Any = None
) -> int | None:
    """The lowest channel with nothing between two frames that is neither muted nor locked.

    Args:
        scene: with a sequencer.
        start, end: frames; the end is the first that may be taken.
        first: channels to be tried before.
        own: a strip that is in nobody's way.
    """
    editor = scene.sequence_editor
    taken = {
        each.channel
        for each in sequence_strips(editor)
        if each != own and strip_start(each) < end and strip_end(each) > start
    }
    for channel in (*(first or ()), *range(1, _LAST_CHANNEL + 1)):
        shut = channel < len(editor.channels) and (
            editor.channels[channel].mute or editor.channels[channel].lock
        )
        if channel not in taken and not shut:
            return channel
    return None


def _plays(strip: Any, path: str) -> bool:
    if strip.type != "SOUND" or strip.sound is None:
        return False
    sound = strip.sound
    return _absolute(sound.filepath, sound.library) == _absolute(path)


def _absolute(path: str, library: bpy.types.Library | None = None) -> str:
    return str(Path(bpy.path.abspath(path, library=library)).absolute())


def _begins(strip: Any, frame: float) -> bool:
    """Whether a strip plays its file from the beginning from this frame on."""
    trimmed = either(strip, "left_handle_offset", "frame_offset_start")
    return abs(strip_start(strip) - trimmed - frame) < _SAME_PLACE


def _meets(strip: Any, voice: Voice) -> bool:
    return strip_start(strip) < voice.end_frame and strip_end(strip) > voice.start_frame


def _untouched(scene: bpy.types.Scene) -> list[Any]:
    """Strips put from here that are as they were put."""
    if scene.sequence_editor is None:
        return []
    return [
        each
        for each in sequence_strips(scene.sequence_editor)
        if (mark := _mark_of(each)) and mark["state"] == _state_of(scene, each)
    ]


def _put_mark(scene: bpy.types.Scene, strip: Any, voice: Voice) -> None:
    strip[_MARK] = json.dumps({"owner": voice.owner, "state": _state_of(scene, strip)})


def _mark_of(strip: Any) -> dict[str, Any]:
    """What was noted when a strip was put; empty for what others put."""
    text = strip.get(_MARK) if strip.type == "SOUND" and strip.sound is not None else None
    try:
        mark = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return mark if isinstance(mark, dict) and set(mark) == {"owner", "state"} else {}


def _state_of(scene: bpy.types.Scene, strip: Any) -> list[Any]:
    """All that a hand may have changed of a strip."""
    changed = len(getattr(strip, "modifiers", ())) + len(getattr(strip, "retiming_keys", ()))
    return [
        strip.name, bpy.path.basename(strip.sound.filepath), strip.channel,
        strip_start(strip), strip_end(strip), round(strip.volume, 4), round(strip.pan, 4),
        strip.mute, strip.lock, changed, len(volume_curves(strip, scene)), len(parents_of(strip)),
        _channel_is(scene, strip, "mute") or _channel_is(scene, strip, "lock"),
    ]  # fmt: skip


def _channel_is(scene: bpy.types.Scene, strip: Any, what: str) -> bool:
    channels = scene.sequence_editor.channels
    return strip.channel < len(channels) and bool(getattr(channels[strip.channel], what))

"""Sound strips of the sequencer, as they are heard.

A plain strip is its file, shifted and trimmed. One that is retimed, faded or put together of
others is mixed by Blender.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import SoundError
from ...core.sound.waveform import Sound, WavSound
from ..compat import either, strip_end, strip_start
from ..timeline import frame_rate_of
from .files import check_file, open_sound
from .mixdown import all_inside, every_strip, mix_down, parents_of, strips_inside, volume_curves

__all__ = [
    "SceneSound",
    "file_sound",
    "named_strip_sound",
    "open_sound",
    "sound_strips",
    "strip_sound",
]

_SILENT: Final = 1e-6


@dataclass(frozen=True, eq=False)
class SceneSound:
    """A sound at its place on the timeline.

    Args:
        sound: what is heard.
        name: file or strip, for messages.
        start_frame, end_frame: where it is heard; the end is the first frame without it.
        start_s: place in the sound that is heard at the start frame; below 0 it comes later.
        frame_rate_hz: the scene's.
        warnings: what the user should know.
    """

    sound: Sound
    name: str
    start_frame: float
    end_frame: float
    start_s: float
    frame_rate_hz: float
    warnings: tuple[str, ...] = field(default=())

    def seconds_at(self, frames: NDArray[np.floating] | float) -> NDArray[np.float64]:
        """Place in the sound that is heard at these frames, seconds."""
        return self.start_s + (np.asarray(frames, np.float64) - self.start_frame) / (
            self.frame_rate_hz
        )


def file_sound(path: Path, scene: bpy.types.Scene, start_frame: float) -> SceneSound:
    """A sound file that begins at a frame.

    Raises:
        SoundError: as ``open_sound``.
    """
    sound = open_sound(path)
    rate = frame_rate_of(scene)
    end = start_frame + sound.duration_s * rate
    return SceneSound(sound, path.name, start_frame, end, 0.0, rate, sound.warnings)


def sound_strips(scene: bpy.types.Scene) -> list[Any]:
    """Strips of the sequencer with sound, those inside meta strips included, by their start."""
    sounding = (strip for strip in every_strip(scene) if _sounds(strip))
    return sorted(sounding, key=lambda strip: (strip_start(strip), strip.name))


def named_strip_sound(scene: bpy.types.Scene, name: str) -> SceneSound:
    """What ``strip_sound`` gives, by the strip's name.

    Raises:
        SoundError: there is no such sound strip, or it cannot be read.
    """
    strips = {strip.name: strip for strip in sound_strips(scene)}
    if name not in strips:
        listed = ", ".join(f"'{other}'" for other in strips) or "none"
        raise SoundError(
            f"the sequencer has no sound strip '{name}'. Sound strips there: {listed}. Choose "
            "another, or a file"
        )
    return strip_sound(strips[name], scene)


def strip_sound(strip: Any, scene: bpy.types.Scene) -> SceneSound:
    """What is heard of a sequencer strip: its trimmed part, at its place, at its speed.

    Args:
        strip: a strip with sound of the scene's sequencer: a sound, a meta strip or a scene.
        scene: whose sequencer; its frame rate counts.

    Raises:
        SoundError: the strip is no sound, not heard, or its file cannot be read.
    """
    if not _sounds(strip):
        raise SoundError(f"'{strip.name}' is no sound strip. Choose a sound strip")
    _check_heard(strip, scene)
    rate = frame_rate_of(scene)
    if _is_mixed(strip, scene):
        return _mixed_sound(strip, scene, *_heard_frames(strip))
    sound = open_sound(_strip_file(strip), gain=strip.volume, mono=strip.sound.use_mono)
    start, end, start_s = _plain_place(strip, rate)
    return SceneSound(sound, strip.name, start, end, start_s, rate, sound.warnings)


def place_of_plain_strip(
    strip: Any, scene: bpy.types.Scene
) -> tuple[Path, float, bool, tuple[float, float, float]] | None:
    """What is played of a strip that is its file and nothing else, without opening it.

    Args:
        strip: of the scene's sequencer, or None.
        scene: whose sequencer.

    Returns:
        The file, its gain, whether it is mixed to mono, and the place: first frame, end, and
        seconds of the sound that are heard at the first. None for other strips.
    """
    if strip is None or _is_mixed(strip, scene):
        return None
    place = _plain_place(strip, frame_rate_of(scene))
    return _strip_file(strip), strip.volume, strip.sound.use_mono, place


def _plain_place(strip: Any, rate: float) -> tuple[float, float, float]:
    start, end = _heard_frames(strip)
    held = either(strip, "content_trim_start", "animation_offset_start")
    trimmed = either(strip, "left_handle_offset", "frame_offset_start")
    start_s = (trimmed + held + start - strip_start(strip)) / rate
    start_s -= getattr(strip, "sound_offset", 0.0)  # 4.3 and later
    return start, end, start_s


def _mixed_sound(strip: Any, scene: bpy.types.Scene, start: float, end: float) -> SceneSound:
    if strip.type == "SOUND":
        check_file(_strip_file(strip))  # in place of one that it misses, Blender plays silence
    rate = frame_rate_of(scene)
    sound, first = mix_down(strip, scene, start, end)
    if not _is_audible(sound):
        for each in (strip, *all_inside(strip)):
            if each.type == "SOUND":
                open_sound(_strip_file(each))  # says what is wrong with the file, if that is it
        raise SoundError(
            f"nothing is heard of the strip '{strip.name}' from frame {start:.0f} to {end:.0f}. "
            "Look at its volume, or choose another sound"
        )
    return SceneSound(sound, strip.name, start, end, (start - first) / rate, rate, sound.warnings)


def _sounds(strip: Any) -> bool:
    if strip.type == "META":
        return any(_sounds(each) for each in all_inside(strip))
    if strip.type == "SCENE":
        return strip.scene is not None and any(map(_sounds, every_strip(strip.scene)))
    return strip.type == "SOUND" and strip.sound is not None


def _is_mixed(strip: Any, scene: bpy.types.Scene) -> bool:
    """Whether Blender plays something else than a part of the file."""
    if strip.type != "SOUND":
        return True
    videos = bpy.path.extensions_movie  # type: ignore[attr-defined]  # unknown to the stubs
    is_video = Path(strip.sound.filepath).suffix.lower() in videos
    changed = any(not each.mute for each in getattr(strip, "modifiers", ()))
    retimed = any(_is_retimed(each) for each in (strip, *parents_of(strip)))
    # A video's sound may begin later than its picture, which Blender alone knows.
    return is_video or changed or retimed or bool(volume_curves(strip, scene))


def _is_retimed(strip: Any) -> bool:
    """Whether its time is bent; of a meta strip the length tells, for its keys are not shown."""
    if strip.type != "META":
        return len(getattr(strip, "retiming_keys", ())) > 0
    inside = strips_inside(strip)
    length = max(map(strip_end, inside)) - min(map(strip_start, inside))
    return abs(either(strip, "content_duration", "frame_duration") - length) > 1


def _is_audible(sound: WavSound) -> bool:
    second = sound.sample_rate_hz
    pieces = range(0, int(sound.duration_s * second) + 1, second)
    return any(np.abs(sound.read(at, second)).max() > _SILENT for at in pieces)


def _strip_file(strip: Any) -> Path:
    """The strip's file; a packed one is unpacked into the temporary folder."""
    datablock = strip.sound
    path = Path(bpy.path.abspath(datablock.filepath, library=datablock.library))
    packed = datablock.packed_file
    if packed is None:
        return path
    digest = hashlib.sha256(packed.data).hexdigest()[:20]
    target = Path(bpy.app.tempdir) / f"neural_motion_{digest}{path.suffix}"
    if not target.is_file():
        target.write_bytes(packed.data)
    return target


def _check_heard(strip: Any, scene: bpy.types.Scene) -> None:
    """Refuse what is muted, by itself or by anything it lies in."""
    chain = (strip, *parents_of(strip))
    for each, parent in zip(chain, (*chain[1:], None), strict=True):
        channels = (scene.sequence_editor if parent is None else parent).channels
        within = "" if each == strip else f"lies in the meta strip '{each.name}', which "
        if each.mute:
            raise _unheard(strip, f"{within}is muted")
        if each.channel < len(channels) and channels[each.channel].mute:
            inside = "" if parent is None else f" of the meta strip '{parent.name}'"
            raise _unheard(strip, f"{within}lies in the muted channel {each.channel}{inside}")
    if not getattr(strip, "volume", 1.0) and not volume_curves(strip, scene):
        raise _unheard(strip, "has volume 0")
    start, end = _heard_frames(strip)
    if end <= start:
        raise _unheard(strip, f"lies outside the part that '{chain[-1].name}' shows")


def _unheard(strip: Any, what: str) -> SoundError:
    return SoundError(
        f"the strip '{strip.name}' {what}, so nothing of it is heard. "
        "Unmute it, or choose another sound"
    )


def _heard_frames(strip: Any) -> tuple[float, float]:
    """First frame with the strip and first without: what the meta strips around it leave."""
    chain = [strip, *parents_of(strip)]
    retimed = [n for n, each in enumerate(chain) if n and _is_retimed(each)]
    outer = chain[retimed[-1] :] if retimed else chain  # what lies in a retimed one is elsewhere
    return max(map(strip_start, outer)), min(map(strip_end, outer))

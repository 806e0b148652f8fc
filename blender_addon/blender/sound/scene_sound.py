"""Sound from files and from the sequencer, as the networks hear it.

WAV files are read directly, in every version. Anything else is decoded by Blender's sound library
``aud`` into a WAV in Blender's temporary folder, once: reading a compressed file from some place in
its middle is not exact to the sample, and lips would be out of step. The ``bpy`` wheel for 4.2 and
some builds have no ``aud``; there only WAV can be read.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import SoundError
from ...core.sound.wav_file import WavEncodingError
from ...core.sound.waveform import Sound, WavSound
from ..timeline import frame_rate_of

_SAVE_AS_WAV = "Save the sound as WAV and choose that"


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


def open_sound(path: Path) -> Sound:
    """Open a sound file, or a video that has sound.

    Args:
        path: the file; relative ones are resolved against the process, not the .blend file.

    Raises:
        SoundError: it is missing, empty or of a kind that cannot be read here.
    """
    if not path.is_file():
        raise SoundError(f"there is no sound file {path}. Choose one that exists")
    if not path.stat().st_size:
        raise SoundError(f"{path.name} is empty. Choose another sound file")
    with path.open("rb") as file:
        is_wav = file.read(4) in (b"RIFF", b"RF64")
    aud = _find_aud()
    if is_wav:
        try:
            return WavSound(path)
        except WavEncodingError:
            if aud is None:
                raise
    if aud is None:
        raise SoundError(
            f"{path.name} is no WAV file, and this Blender was built without its sound library. "
            f"{_SAVE_AS_WAV}"
        )
    return WavSound(_decode(aud, path))


def file_sound(path: Path, scene: bpy.types.Scene, start_frame: float) -> SceneSound:
    """A sound file that begins at a frame.

    Raises:
        SoundError: as ``open_sound``.
    """
    sound = open_sound(path)
    rate = frame_rate_of(scene)
    end = start_frame + sound.duration_s * rate
    return SceneSound(sound, path.name, start_frame, end, 0.0, rate, _warnings_of(sound))


def sound_strips(scene: bpy.types.Scene) -> list[Any]:
    """Sound strips of the sequencer, those inside meta strips included, by their start."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    strips = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
    return sorted((s for s in strips if s.type == "SOUND"), key=lambda s: (_start(s), s.name))


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
        strip: a sound strip of the scene's sequencer.
        scene: whose sequencer; its frame rate counts.

    Raises:
        SoundError: the strip is no sound, muted, or its file cannot be read.
    """
    if strip.type != "SOUND" or strip.sound is None:
        raise SoundError(f"'{strip.name}' is no sound strip. Choose a sound strip")
    _check_heard(strip, scene)
    rate = frame_rate_of(scene)
    start, end = _start(strip), _end(strip)
    if len(getattr(strip, "retiming_keys", ())):
        sound: Sound = _mix_down(strip, scene)
        return SceneSound(sound, strip.name, start, end, 0.0, rate, _warnings_of(sound))
    sound = open_sound(_strip_file(strip))
    held = _either(strip, "content_trim_start", "animation_offset_start")
    trimmed = _either(strip, "left_handle_offset", "frame_offset_start")
    start_s = (trimmed + held) / rate - getattr(strip, "sound_offset", 0.0)  # 4.3 and later
    return SceneSound(sound, strip.name, start, end, start_s, rate, _warnings_of(sound))


def _warnings_of(sound: Sound) -> tuple[str, ...]:
    return sound.warnings if isinstance(sound, WavSound) else ()


def _find_aud() -> Any:
    try:
        import aud
    except ImportError:
        return None
    return aud


def _decode(aud: Any, path: Path) -> Path:
    """Decode a file into a WAV of one channel in the temporary folder; an earlier one is used."""
    status = path.stat()
    key = f"{path.absolute()} {status.st_mtime_ns} {status.st_size}"
    name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:20]
    target = Path(bpy.app.tempdir) / f"neural_motion_{name}.wav"
    if target.is_file():
        return target
    partial = target.with_suffix(".part.wav")
    try:
        source = aud.Sound.file(str(path))
        rate = round(source.specs[0])
        mono = source.rechannel(1)
        try:
            _write_wav(aud, mono, rate, partial)
        except aud.error:
            # The writer stumbles where the length is a whole number of its blocks: add 10 ms.
            rest = aud.Sound.silence(rate).limit(0.0, 0.01)
            _write_wav(aud, mono.join(rest), rate, partial)
        partial.replace(target)
    except aud.error as error:
        raise SoundError(
            f"{path.name} holds no sound that Blender can read ({error}). {_SAVE_AS_WAV}"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def _write_wav(aud: Any, mono: Any, rate_hz: int, path: Path) -> None:
    mono.write(str(path), rate_hz, 1, aud.FORMAT_S16, aud.CONTAINER_WAV, aud.CODEC_PCM)


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
    channels = scene.sequence_editor.channels
    muted_channel = strip.channel < len(channels) and channels[strip.channel].mute
    if strip.mute or muted_channel or not strip.volume:
        what = "has volume 0" if not strip.volume else "is muted"
        if muted_channel:
            what = f"lies in the muted channel {strip.channel}"
        raise SoundError(
            f"the strip '{strip.name}' {what}, so nothing of it is heard. "
            "Unmute it, or choose another sound"
        )


def _either(strip: Any, new: str, old: str) -> float:
    """A property that 5.2 renamed."""
    return getattr(strip, new) if hasattr(strip, new) else getattr(strip, old)


def _start(strip: Any) -> float:
    return _either(strip, "left_handle", "frame_final_start")


def _end(strip: Any) -> float:
    return _either(strip, "right_handle", "frame_final_end")


def _mix_down(strip: Any, scene: bpy.types.Scene) -> WavSound:
    """A retimed strip as it is heard: Blender tells nobody else how its keys bend time."""
    handle, target = tempfile.mkstemp(".wav", "neural_motion_mixdown_", bpy.app.tempdir)
    os.close(handle)
    with _alone(strip, scene), bpy.context.temp_override(scene=scene):
        try:
            bpy.ops.sound.mixdown(
                filepath=target, container="WAV", codec="PCM", format="S16",
                mixrate=48_000, check_existing=False, relative_path=False,
            )  # fmt: skip
        except RuntimeError as error:
            raise SoundError(
                f"the retimed strip '{strip.name}' cannot be mixed down ({error}). "
                "Use Sound ▸ Mixdown yourself and choose that file"
            ) from error
    return WavSound(target)


@contextmanager
def _alone(strip: Any, scene: bpy.types.Scene) -> Iterator[None]:
    """Mute everything but a strip, and let the scene be as long as the strip; then put it back."""
    others = [s for s in sound_strips(scene) if s != strip and not s.mute]
    speakers = [o.data for o in scene.objects if o.type == "SPEAKER" and o.data.is_editable]
    speaking = [speaker for speaker in speakers if not speaker.muted]
    before = scene.frame_start, scene.frame_end
    try:
        for each in others:
            each.mute = True
        for speaker in speaking:
            speaker.muted = True
        scene.frame_start, scene.frame_end = int(_start(strip)), int(_end(strip)) - 1
        yield
    finally:
        scene.frame_start, scene.frame_end = before
        for each in others:
            each.mute = False
        for speaker in speaking:
            speaker.muted = False

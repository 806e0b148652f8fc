"""Opens sound files, and videos that have sound.

WAV files are read directly, in every version. Anything else is decoded by Blender's sound library
``aud`` into a WAV in Blender's temporary folder, once: reading a compressed file from some place in
its middle is not exact to the sample, and lips would be out of step. The ``bpy`` wheel for 4.2 and
some builds have no ``aud``; there only WAV can be read.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.errors import SoundError
from ...core.sound.wav_file import WavEncodingError, is_wav, kind_of_file, read_wav_header
from ...core.sound.waveform import WavSound

_ADDED_S: Final = 0.01
_SHORTEST_S: Final = 0.03
"""What has no sound at all comes out as up to twice what was added."""
_FEWEST: Final = 32
"""Samples; fewer than 16 bring the sound library's writer, and Blender with it, down."""
SAVE_AS_WAV: Final = "Save the sound as WAV and choose that"


def open_sound(path: Path, *, gain: float = 1.0, mono: bool = False) -> WavSound:
    """Open a sound file, or a video that has sound.

    Args:
        path: the file; relative ones are resolved against the process, not the .blend file.
        gain, mono: as for ``WavSound``.

    Raises:
        SoundError: it is missing, empty or of a kind that cannot be read here.
    """
    top = check_file(path)
    aud = find_aud()
    if is_wav(top):
        try:
            return WavSound(path, gain=gain, mono=mono)
        except SoundError as error:
            if aud is None:
                raise
            # An encoding or a header that only the sound library knows; or none at all.
            try:
                return WavSound(decode(aud, path), gain=gain, mono=mono)
            except SoundError:
                if isinstance(error, WavEncodingError):
                    raise
                raise error from None
    if aud is None:
        kind = kind_of_file(top)
        found = "no WAV file" if kind == "unknown" else f"no WAV file but {kind}"
        raise SoundError(
            f"{path.name} is {found}, and this Blender was built without its sound library. "
            f"{SAVE_AS_WAV}"
        )
    return WavSound(decode(aud, path), gain=gain, mono=mono)


def check_file(path: Path) -> bytes:
    """The first bytes of a file that is there and not empty.

    Raises:
        SoundError: it is not.
    """
    try:
        if not path.is_file():
            raise SoundError(f"there is no sound file {path}. Choose one that exists")
        with path.open("rb") as file:
            top = file.read(12)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SoundError(f"{path} cannot be read ({reason}). Choose another file") from error
    if not top:
        raise SoundError(f"{path.name} is empty. Choose another sound file")
    return top


def find_aud() -> Any:
    """Blender's sound library, or None where it was built without."""
    try:
        import aud
    except ImportError:
        return None
    return aud


def decode(aud: Any, path: Path) -> Path:
    """Decode a file into a WAV in the temporary folder; an earlier one is used.

    Raises:
        SoundError: there is no sound in it that could be read.
    """
    status = path.stat()
    key = f"{path.absolute()} {status.st_mtime_ns} {status.st_size}"
    name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:20]
    target = Path(bpy.app.tempdir) / f"neural_motion_{name}.wav"
    if target.is_file():
        return target
    partial = target.with_suffix(".part.wav")
    try:
        source = aud.Sound.file(str(path))
        rate, channels = round(source.specs[0]), int(source.specs[1])
        if rate < 1 or len(source.limit(0.0, 2 * _FEWEST / rate).data()) < _FEWEST:
            raise SoundError(f"{path.name} holds no sound. Choose another sound file")
        try:
            _write_wav(aud, source, rate, channels, partial)
        except aud.error:
            # The writer stumbles where the length is a whole number of its blocks: add some.
            rest = aud.Sound.silence(rate).limit(0.0, _ADDED_S).rechannel(channels)
            _write_wav(aud, source.join(rest), rate, channels, partial)
            if read_wav_header(partial).frame_count < _SHORTEST_S * rate:
                raise SoundError(f"{path.name} holds no sound. Choose another sound file") from None
        partial.replace(target)
    except (aud.error, OSError, ValueError, MemoryError) as error:
        raise SoundError(
            f"{path.name} holds no sound that Blender can read ({error}). {SAVE_AS_WAV}"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def _write_wav(aud: Any, source: Any, rate_hz: int, channels: int, path: Path) -> None:
    source.write(str(path), rate_hz, channels, aud.FORMAT_S16, aud.CONTAINER_WAV, aud.CODEC_PCM)

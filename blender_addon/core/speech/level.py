"""How loud a recording is, what brings its voice to a network's level, and what is odd about it."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..notes import Note
from ..sound.voice_activity import VoiceActivity
from ..sound.waveform import Sound
from .networks.protocol import HeardSpeech

_SILENT: Final = 10 ** (-60 / 20)
_FULL: Final = 0.999
_CLIPPED_SHARE: Final = 1e-3
_VERY_QUIET_DB: Final = -45.0
_SPEECH_SHARE: Final = 0.1
"""Of what sounds like a voice, what must be phones."""
_SILENCE: Final = 0.5
_BLOCK_S: Final = 10.0


def describe_level(
    sound: Sound, heard: HeardSpeech, start_s: float, stop_s: float
) -> tuple[str, ...]:
    """What a user should know of a stretch of a recording.

    Args:
        sound: read block by block.
        heard: what is known of it.
        start_s, stop_s: the stretch; as far as it lies in the sound.

    Returns:
        A warning if nothing is heard, or no speech; notes if it is clipped or very quiet.
    """
    start_s, stop_s = max(start_s, 0.0), min(stop_s, sound.duration_s)
    loudest, clipped = _listen(sound, start_s, stop_s)
    if loudest < _SILENT:
        return ("nothing is heard in this sound: the mouth stays at rest",)
    told: list[str] = []
    if _is_no_speech(heard):
        told.append(
            "no speech is heard in this sound, perhaps music or noise: the mouth may move without "
            "words. Choose a recording of a voice alone"
        )
    if clipped > _CLIPPED_SHARE:
        told.append(
            Note(f"{clipped:.1%} of the sound is clipped; a quieter recording serves better")
        )
    voice = heard.voice
    if voice.speaking.any() and (level := _level_db(voice)) < _VERY_QUIET_DB:
        told.append(
            Note(f"the voice is very quiet ({level:.0f} dB) and was raised; a louder one is safer")
        )
    return tuple(told)


def _is_no_speech(heard: HeardSpeech) -> bool:
    """Whether hardly any of what sounds like a voice is phones; False where none hears them."""
    if heard.phones is None:
        return False
    voice = heard.voice
    loud = (np.flatnonzero(voice.speaking) + 0.5) / voice.rate_hz
    phones = heard.phones.at(loud, "silence") < _SILENCE
    return bool(np.count_nonzero(phones) < _SPEECH_SHARE * max(len(loud), 1))


def _level_db(voice: VoiceActivity) -> float:
    power = np.mean(10.0 ** (voice.level_db[voice.speaking] / 10.0))
    return float(10.0 * np.log10(power))


def _listen(sound: Sound, start_s: float, stop_s: float) -> tuple[float, float]:
    """The largest sample, and the share of those at full scale."""
    rate = sound.sample_rate_hz
    first, stop, block = int(start_s * rate), int(np.ceil(stop_s * rate)), int(_BLOCK_S * rate)
    loudest, clipped = 0.0, 0
    for at in range(first, stop, block):
        size = np.abs(sound.read(at, min(block, stop - at)))
        loudest = max(loudest, float(size.max()))
        clipped += int(np.count_nonzero(size > _FULL))
    return loudest, clipped / max(stop - first, 1)

"""Hears a sound once in a session: its voice, its pitch, what an encoder makes of it, its phones.

What is found is kept by the sound's identity, within a limit of bytes, and shared by whoever needs
it. Nothing of a job is kept: neither the sound, which may be a temporary file, nor a session, which
may be cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..conventions import Bools, Floats
from ..jobs import OnProgress, Progress, Runner
from .cache import BoundedCache, identity_of
from .encoder import EncodedTrack, SpeechEncoder, make_store
from .hearing import FEATURE_RATE_HZ, PHONE_CLASSES, FeatureTrack, Hearing, PhoneEvidence
from .level import speech_gain
from .phone_model import BLOCK_FRAMES, PhoneModel
from .pitch import measure_pitch
from .voice_activity import VoiceActivity, detect_voice
from .waveform import CancellableSound, Sound

Value = TypeVar("Value")
_known: Final = BoundedCache()


def forget_sounds() -> None:
    """Let go of all that is kept of sounds (when the extension unloads)."""
    _known.clear()


def voice_of(sound: Sound) -> VoiceActivity:
    """Where a voice is heard in a sound, found once in a session.

    Raises:
        SoundError: the sound has no length.
    """

    def size(voice: VoiceActivity) -> int:
        return _lock(voice.speaking, voice.level_db, voice.energy)

    return _known.once(_key("voice", sound), lambda: detect_voice(sound), size)


def pitch_of(sound: Sound) -> Floats:
    """Pitch of a sound 50 times a second, as ``measure_pitch``, found once in a session."""
    return _known.once(_key("pitch", sound), lambda: measure_pitch(sound), _lock)


def known(kind: str, sound: Sound, make: Callable[[], Value]) -> Value:
    """Something heard of a sound, made once in a session.

    Args:
        kind: what it is.
        sound: of which.
        make: makes it: a dataclass whose arrays are read-only from then on.
    """

    def size(value: Value) -> int:
        return _lock(*(each for each in vars(value).values() if isinstance(each, np.ndarray)))

    return _known.once(_key(kind, sound), make, size)


def hear(
    sound: Sound,
    encoder_session: Runner,
    phones_session: Runner | None = None,
    progress: Progress | OnProgress | None = None,
    *,
    part_s: tuple[float, float] | None = None,
) -> Hearing:
    """Hear a sound, or take from the session what was heard of it before.

    Args:
        sound: one voice.
        encoder_session: of an encoder of speech.
        phones_session: of a model of phones; None for no evidence.
        progress: of the job; may cancel it.
        part_s: from when to when phones are needed, seconds in the sound; elsewhere they may count
            as silence. None for all of it.

    Returns:
        What is heard; its vectors are encoded as they are read.

    Raises:
        ContractError: a model is of another kind, or the two do not belong together.
        SoundError: the sound has no length.
        Cancelled: the job was cancelled.
    """
    progress = Progress.of(progress)
    progress(0.0)
    encoder = SpeechEncoder(encoder_session)
    model = None if phones_session is None else PhoneModel(phones_session, encoder)
    sound = CancellableSound(sound, progress.cancellation)
    voice = voice_of(sound)
    gain = speech_gain(voice, encoder.level_db)
    store, _ = _known.once(
        _key("windows", sound, encoder.key),
        lambda: make_store(encoder, sound.duration_s),
        lambda made: made[1],
    )
    track = EncodedTrack(encoder, sound, gain, store)
    phones = PhoneEvidence(np.zeros((0, len(PHONE_CLASSES)), np.float32))
    if model is not None:
        key = _key("phones", sound, encoder.key, model.sha256)
        phones = _hear_phones(model, track, key, sound.duration_s, part_s, progress)
    progress(1.0)
    return Hearing(voice, gain, track, phones)


@dataclass(frozen=True, eq=False)
class _Phones:
    """Chances (N, 14) of a sound; silence in blocks that are not known yet."""

    chances: Floats
    known: Bools


def _hear_phones(
    model: PhoneModel,
    track: FeatureTrack,
    key: Hashable | None,
    duration_s: float,
    part_s: tuple[float, float] | None,
    progress: Progress,
) -> PhoneEvidence:
    """Evidence at least in the blocks that a part of the sound touches."""
    phones = _known.once(key, lambda: _silence(duration_s), _phones_size)
    first, last = (0.0, duration_s) if part_s is None else part_s
    touched = np.clip(
        np.floor(np.array([first, last]) * FEATURE_RATE_HZ / BLOCK_FRAMES).astype(np.int64),
        0, len(phones.known) - 1,
    )  # fmt: skip
    missing = [n for n in range(touched[0], touched[1] + 1) if not phones.known[n]]
    if missing:
        chances, known = phones.chances.copy(), phones.known.copy()  # others may be reading
        for done, number in enumerate(missing):
            progress(done / len(missing))
            rows = chances[number * BLOCK_FRAMES : (number + 1) * BLOCK_FRAMES]
            rows[:] = model.hear_block(track, number)[: len(rows)]
            known[number] = True
        phones = _Phones(chances, known)
        if key is not None:
            _known.keep(key, phones, _phones_size(phones))
    return PhoneEvidence(phones.chances)


def _silence(duration_s: float) -> _Phones:
    count = int(duration_s * FEATURE_RATE_HZ) + 1
    chances = np.zeros((count, len(PHONE_CLASSES)), np.float32)
    chances[:, PHONE_CLASSES.index("silence")] = 1.0
    return _Phones(chances, np.zeros(-(-count // BLOCK_FRAMES), bool))


def _phones_size(phones: _Phones) -> int:
    return _lock(phones.chances, phones.known)


def _key(kind: str, sound: Sound, *others: Hashable) -> Hashable | None:
    """Under which something of a sound is kept; None where the sound cannot be told again."""
    identity = identity_of(sound)
    return None if identity is None else (kind, identity, *others)


def _lock(*arrays: NDArray[Any]) -> int:
    """Bytes of arrays that are shared from now on, so that no one may write into them."""
    for array in arrays:
        array.flags.writeable = False
    return sum(array.nbytes for array in arrays)

"""Hears a sound once in a session: its voice, its pitch, what an encoder makes of it, its phones.

What is found is kept by the sound's identity, within a limit of bytes, and shared by whoever needs
it. Nothing of a job is kept: neither the sound, which may be a temporary file, nor a session, which
may be cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..conventions import Floats
from ..jobs import OnProgress, Progress, Runner
from .cache import BoundedCache, identity_of
from .encoder import EncodedTrack, SpeechEncoder, make_store
from .hearing import PHONE_CLASSES, FeatureTrack, Hearing, PhoneEvidence
from .level import speech_gain
from .phone_blocks import KnownPhones, ListenedTrack, PhoneBlocks, no_phones
from .phone_model import PhoneModel
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
        What is heard; its vectors are encoded as they are read, and the phones of a long sound
        are heard along with that.

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
    if model is None:
        nothing = PhoneEvidence(np.zeros((0, len(PHONE_CLASSES)), np.float32))
        progress(1.0)
        return Hearing(voice, gain, track, nothing)
    key = _key("phones", sound, encoder.key, model.sha256)
    blocks = _blocks_of(model, track, key, sound.duration_s, part_s)
    if store.keeps_all or blocks.is_done:
        heard = Hearing(voice, gain, track, blocks.hear_all(progress))
    else:
        heard = Hearing(voice, gain, ListenedTrack(track, blocks), blocks.hear_all)
    progress(1.0)
    return heard


def _blocks_of(
    model: PhoneModel,
    track: FeatureTrack,
    key: Hashable | None,
    duration_s: float,
    part_s: tuple[float, float] | None,
) -> PhoneBlocks:
    """At least the blocks that a part of the sound touches."""

    def keep(phones: KnownPhones) -> None:
        if key is not None:
            _known.keep(key, phones, _phones_size(phones))

    phones = _known.once(key, lambda: no_phones(duration_s), _phones_size)
    return PhoneBlocks(model, track, phones, part_s or (0.0, duration_s), keep)


def _phones_size(phones: KnownPhones) -> int:
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

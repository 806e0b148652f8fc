"""Speech with its phones from the synthesiser eSpeak NG, by its library.

The library keeps its state in globals that no call resets, so the same text sounds a little
different the second time. Whoever needs the same sound for the same words starts a new process
(``phone_speech`` does). A few voices add breath noise that never repeats; times do.

Source: eSpeak NG 1.52, ``speak_lib.h``.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: sound comes by the callback, nothing is played
_PHONEME_EVENTS, _PHONEME_IPA, _DONT_EXIT = 1, 2, 0x8000
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_UTF8 = 1
_IPA = 2
_LIST_END, _PHONEME = 0, 7
_WORDS_PER_MINUTE = (80, 450)


@dataclass(frozen=True)
class Voice:
    """Who speaks and how.

    Args:
        name: language, or language+variant: ``en-us+f4``.
        words_per_minute: speed, 80 … 450.
        pitch: 0 … 100, 50 is the voice's own.
        pitch_range: 0 monotone … 100 lively.
        volume: 0 … 200; at 100 some voices clip.
    """

    name: str
    words_per_minute: int = 165
    pitch: int = 50
    pitch_range: int = 50
    volume: int = 60


@dataclass(frozen=True)
class Event:
    """A phone begins.

    Args:
        sample: number of its first sample.
        name: IPA with stress marks; empty in a pause.
    """

    sample: int
    name: str


@dataclass(frozen=True)
class Spoken:
    """What the synthesiser said.

    Args:
        samples: (N,) float32 within ±1.
        rate_hz: of the samples.
        events: beginnings of phones in order.
    """

    samples: Floats
    rate_hz: int
    events: tuple[Event, ...]


class _Id(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    """``espeak_EVENT``."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass
class _Recorder:
    """Collects what the library calls back with."""

    chunks: list[np.ndarray] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def receive(self, samples: Any, count: int, events: Any) -> int:
        """Keep the samples and phones of one call; 0 asks for more."""
        if samples and count > 0:
            self.chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        number = 0
        while events[number].type != _LIST_END:
            if events[number].type == _PHONEME:
                # Eight bytes without an end: a long name is cut, perhaps within a sign.
                name = bytes(events[number].id.string).split(b"\0")[0].decode("utf-8", "ignore")
                self.events.append(Event(events[number].sample, name))
            number += 1
        return 0


class Synthesiser:
    """The library, opened; one per process (``open_synthesiser``)."""

    def __init__(self) -> None:
        if find_spec("espeakng_loader") is None:
            raise InputError(
                "synthetic speech needs the package espeakng-loader, which brings eSpeak NG; "
                "install it, or prepare with --hours 0"
            )
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        options = _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT
        data = espeakng_loader.get_data_path().encode()
        self.rate_hz: Final = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, options))
        if self.rate_hz <= 0:
            raise InputError(f"eSpeak NG does not open its data at {data.decode()}; reinstall it")
        self._recorder = _Recorder()
        self._callback = _Callback(lambda *arguments: self._recorder.receive(*arguments))
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: Voice) -> Spoken:
        """Say a text.

        Raises:
            InputError: the voice is unknown, its speed out of range, or nothing can be said.
        """
        self._choose(voice)
        self._recorder = _Recorder()
        data = text.encode()
        failed = self._library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, None, None)
        if failed or not self._recorder.chunks:
            raise InputError(f"eSpeak NG says nothing to {text!r} with the voice {voice.name}")
        samples = np.concatenate(self._recorder.chunks).astype(np.float32) / 32768.0
        return Spoken(samples, self.rate_hz, tuple(self._recorder.events))

    def pronounce(self, text: str, language: str) -> str:
        """A text's words in IPA with stress marks, spaces between them; nothing is spoken.

        Args:
            text: without punctuation.
            language: as the library names it.

        Raises:
            InputError: no such language, or nothing to be said.
        """
        if self._library.espeak_SetVoiceByName(language.encode()):
            raise InputError(f"eSpeak NG has no voice {language!r}")
        convert = self._library.espeak_TextToPhonemes
        convert.restype = ctypes.c_char_p
        rest, words = ctypes.c_char_p(text.encode()), []
        while rest.value:
            words.append((convert(ctypes.byref(rest), _UTF8, _IPA) or b"").decode().strip())
        if not any(words):
            raise InputError(f"eSpeak NG says nothing to {text!r} in {language}")
        return " ".join(word for word in words if word)

    def _choose(self, voice: Voice) -> None:
        low, high = _WORDS_PER_MINUTE
        if not low <= voice.words_per_minute <= high:
            raise InputError(f"{voice.words_per_minute} words a minute is not in {low} … {high}")
        if self._library.espeak_SetVoiceByName(voice.name.encode()):
            raise InputError(f"eSpeak NG has no voice {voice.name!r}")
        for parameter, value in (
            (_RATE, voice.words_per_minute),
            (_VOLUME, voice.volume),
            (_PITCH, voice.pitch),
            (_RANGE, voice.pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)


@lru_cache(maxsize=1)
def open_synthesiser() -> Synthesiser:
    """This process's synthesiser."""
    return Synthesiser()

"""A pretrained encoder of speech over a sound of any length.

The encoder sees windows of a fixed size. They lie on a grid of the sound's own, each begins a hop
(the window less the overlap) after the one before, half an overlap early, and neighbours are
cross-faded over what they share. So the result depends neither on where reading begins nor on how
much is read at once, and nothing jumps where a window ends.

Contract: input ``waveform (windows, window_samples)``, output ``features (windows, frames, D)``.
Settings: ``window_samples``, ``overlap_samples``, both multiples of ``stride_samples``, which is
320, and ``level_db``, the level of speech that it is given.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..conventions import Floats
from ..errors import ContractError
from ..inference.contract import ModelContract
from ..inference.settings import SettingsReader
from ..jobs import Runner
from .hearing import FEATURE_RATE_HZ
from .waveform import SAMPLE_RATE_HZ, Sound

TASK: Final = "speech_encoder"
STRIDE_SAMPLES: Final = int(SAMPLE_RATE_HZ / FEATURE_RATE_HZ)
KEPT_S: Final = 20 * 60.0
_KEPT_BYTES: Final = 64 * 2**20
"""A sound within both limits keeps all its vectors, in half precision."""
_KEPT_WINDOWS: Final = 16
"""Of a longer sound: the last ones."""
_AT_ONCE: Final = 4
_LONGEST_WINDOW: Final = 60 * SAMPLE_RATE_HZ
_WIDEST: Final = 4096


class SpeechEncoder:
    """An encoder of speech by its contract.

    Args:
        session: of the model.

    Raises:
        ContractError: the model is no encoder, or laid out in a way unknown here.
    """

    def __init__(self, session: Runner) -> None:
        self._session = session
        contract = session.contract
        contract.require_task(TASK)
        contract.require_frame_rate(FEATURE_RATE_HZ)
        settings = SettingsReader(contract)
        settings.integer("stride_samples", STRIDE_SAMPLES, STRIDE_SAMPLES)
        self.window_frames = _in_frames(settings, "window_samples", _LONGEST_WINDOW)
        half = STRIDE_SAMPLES * (self.window_frames // 2)
        self.overlap_frames = _in_frames(settings, "overlap_samples", half)
        self.level_db = settings.number("level_db", -60.0, 0.0)
        self.size: int = _check_shapes(contract, self.window_frames)

    @property
    def name(self) -> str:
        """Of the model."""
        return self._session.contract.name

    @property
    def sha256(self) -> str:
        """Of the model; other models say by it that they belong to this encoder."""
        return self._session.contract.sha256

    @property
    def window_samples(self) -> int:
        """Of one window."""
        return self.window_frames * STRIDE_SAMPLES

    @property
    def hop_frames(self) -> int:
        """From the beginning of one window to that of the next."""
        return self.window_frames - self.overlap_frames

    @property
    def key(self) -> Hashable:
        """Tells it from encoders that give anything else."""
        return self.sha256, self.window_frames, self.overlap_frames, self.level_db

    def encode(self, waveforms: Floats) -> Floats:
        """Windows (B, window_samples) at ``level_db`` to vectors (B, window_frames, size)."""
        feeds = {"waveform": np.ascontiguousarray(waveforms, np.float32)}
        return np.asarray(self._session.run(feeds)["features"])

    def require_for(self, contract: ModelContract) -> None:
        """Check that another model was trained on the vectors of this one.

        Args:
            contract: of a model with an input ``features`` (…, D) and ``encoder_sha256`` among its
                settings.

        Raises:
            ContractError: it belongs to another encoder, or to one of another width.
        """
        size = contract.input("features").shape[-1]
        if size != self.size:
            raise ContractError(
                f"model '{contract.name}' takes vectors of {size} numbers, the encoder "
                f"'{self.name}' gives {self.size}. Choose the encoder it was trained with"
            )
        desired = contract.setting("encoder_sha256")
        if desired != self.sha256:
            raise ContractError(
                f"model '{contract.name}' was trained with the encoder of SHA-256 {desired}; "
                f"'{self.name}' has {self.sha256}. Choose the encoder it was trained with"
            )


def _in_frames(settings: SettingsReader, key: str, most_samples: int) -> int:
    samples = settings.integer(key, STRIDE_SAMPLES, most_samples)
    if samples % STRIDE_SAMPLES:
        raise settings.wrong(key, f"a multiple of {STRIDE_SAMPLES}", samples)
    return samples // STRIDE_SAMPLES


def _check_shapes(contract: ModelContract, frames: int) -> int:
    """Numbers of a vector."""
    taken, given = contract.input("waveform").shape, contract.output("features").shape
    window = frames * STRIDE_SAMPLES
    fits = len(contract.inputs) == 1 and len(taken) == 2 and len(given) == 3
    if fits and taken == (given[0], window) and isinstance(given[0], str) and given[1] == frames:
        size = given[2]
        if isinstance(size, int) and size <= _WIDEST:
            return size
    raise ContractError(
        f"model '{contract.name}' turns waveform {taken} into features {given}; expected "
        f"waveform (windows, {window}) into features (windows, {frames}, size). Use an encoder "
        "exported for this version"
    )


class WindowStore:
    """Encoded windows of one sound by their number; the least used go first.

    Args:
        capacity: how many are kept at most.
        keeps_all: those are all of the sound.
    """

    def __init__(self, capacity: int, *, keeps_all: bool) -> None:
        self.keeps_all = keeps_all
        self._capacity = max(capacity, _AT_ONCE)
        self._windows: OrderedDict[int | None, NDArray[np.float16]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, number: int | None) -> NDArray[np.float16] | None:
        """A window; None where it has to be encoded."""
        with self._lock:
            if number in self._windows:
                self._windows.move_to_end(number)
            return self._windows.get(number)

    def keep(self, number: int | None, window: NDArray[np.float16]) -> None:
        """Keep a window."""
        with self._lock:
            self._windows[number] = window
            self._windows.move_to_end(number)
            while len(self._windows) > self._capacity:
                self._windows.popitem(last=False)


def make_store(encoder: SpeechEncoder, duration_s: float) -> tuple[WindowStore, int]:
    """A store for a sound of this length, and the bytes that it takes when it is full."""
    count = int(duration_s * FEATURE_RATE_HZ) // encoder.hop_frames + 3
    window = 2 * encoder.window_frames * encoder.size
    kept = duration_s <= KEPT_S and count * window <= _KEPT_BYTES
    capacity = count if kept else min(count, _KEPT_WINDOWS)
    return WindowStore(capacity, keeps_all=capacity == count), capacity * window


class EncodedTrack:
    """The vectors of a sound; a ``FeatureTrack``.

    Args:
        encoder: that hears.
        sound: that is heard.
        gain: that brings its voice to the encoder's level.
        store: of windows encoded before; None begins an empty one.
    """

    def __init__(
        self, encoder: SpeechEncoder, sound: Sound, gain: float, store: WindowStore | None = None
    ) -> None:
        self._encoder, self._sound, self._gain = encoder, sound, np.float32(gain)
        self._store = store or make_store(encoder, sound.duration_s)[0]
        overlap = encoder.overlap_frames
        rise = np.sin(0.5 * np.pi * (np.arange(overlap) + 0.5) / overlap) ** 2
        middle = np.ones(encoder.window_frames - 2 * overlap)
        self._share = np.concatenate((rise, middle, rise[::-1])).astype(np.float32)[:, None]

    @property
    def size(self) -> int:
        """D."""
        return self._encoder.size

    def read(self, first: int, count: int) -> Floats:
        """Vectors first … first + count at 50 a second, (count, D) float32.

        Raises:
            Cancelled: the sound or the session says so.
        """
        vectors = np.zeros((count, self.size), np.float32)
        numbers = self._numbers(first, count)
        for at in range(0, len(numbers), _AT_ONCE):
            group = numbers[at : at + _AT_ONCE]
            for number, window in zip(group, self._windows(group), strict=True):
                start = self._first_frame(number) - first
                low, high = max(start, 0), min(start + len(window), count)
                inside = slice(low - start, high - start)
                vectors[low:high] += self._share[inside] * window[inside]
        return vectors

    def _numbers(self, first: int, count: int) -> Sequence[int]:
        """Windows in which any of these frames lies."""
        if count <= 0:
            return ()
        encoder = self._encoder
        shifted = first + encoder.overlap_frames // 2
        before = (shifted - encoder.window_frames) // encoder.hop_frames
        return range(before + 1, (shifted + count - 1) // encoder.hop_frames + 1)

    def _first_frame(self, number: int) -> int:
        return number * self._encoder.hop_frames - self._encoder.overlap_frames // 2

    def _windows(self, numbers: Iterable[int]) -> list[Floats]:
        """Encoded windows, those unknown so far in one run; all silent ones are one and the same.

        They go through half precision even when new, so that it makes no difference who came first.
        """
        found = {number: self._store.find(number) for number in numbers}
        sounds = {number: self._listen(number) for number, known in found.items() if known is None}
        loud = {number: sound for number, sound in sounds.items() if sound.any()}
        silent = [number for number in sounds if number not in loud]
        if silent and (silence := self._store.find(None)) is not None:
            found |= dict.fromkeys(silent, silence)
            silent = []
        unknown: list[int | None] = [*loud, *([None] if silent else [])]
        if unknown:
            nothing = np.zeros(self._encoder.window_samples, np.float32)
            waveforms = np.stack([*loud.values(), *([nothing] if silent else [])])
            encoded = self._encoder.encode(waveforms).astype(np.float16)
            for key, window in zip(unknown, encoded, strict=True):
                self._store.keep(key, window)
                found |= dict.fromkeys(silent, window) if key is None else {key: window}
        return [np.asarray(window, np.float32) for window in found.values()]

    def _listen(self, number: int) -> Floats:
        start = self._first_frame(number) * STRIDE_SAMPLES
        size = self._encoder.window_samples
        if start > (self._sound.duration_s + 1.0) * SAMPLE_RATE_HZ or start + size < 0:
            return np.zeros(size, np.float32)
        return self._gain * self._sound.read(start, size)

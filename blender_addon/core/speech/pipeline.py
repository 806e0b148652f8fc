"""A sound becomes a speaking face.

The whole sound is heard once for its loudness, and brought to the level of speech that the model
was trained at. Then the model hears it in windows of a few seconds, each with the sound around it
that its frames depend on, and all beginning on the model's own grid: so what comes out does not
depend on where the windows lie, and besides the result nothing grows with the length of the sound.

After the model, in this order, each stated and each to be switched off: strength, smoothing,
expressions and the procedural upper face laid over it, and the closure of lips.

Source: Karras, Aila, Laine, Herva, Lehtinen 2017, ACM TOG 36(4):94; the upper face and expressions
are not theirs (their actors moved the whole face), nor is the closure of lips.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..errors import SettingsError, SoundError
from ..face.clip import FaceClip
from ..jobs import OnProgress, Progress, Runner
from ..maths.curve import Curve, as_curve
from ..maths.smoothing import gaussian_smooth
from ..notes import Note
from ..settings import declared
from ..sound.hear import voice_of
from ..sound.level import speech_gain
from ..sound.voice_activity import VoiceActivity
from ..sound.waveform import SAMPLE_RATE_HZ, CancellableSound, Sound
from .expressions import expression_curves
from .layout import SpeechLayout, read_layout
from .lip_closure import close_lips
from .settings import SpeechOptions
from .upper_face import BLINKS, animate_upper_face, hear_prosody

WINDOW_S: Final = 6.0
_SILENT: Final = 10 ** (-60 / 20)
_FULL: Final = 0.999
_CLIPPED_SHARE: Final = 1e-3


@dataclass(frozen=True, eq=False)
class SpeechRequest(SpeechOptions):
    """One face and what it says.

    Args:
        sound: the voice.
        frame_rate_hz: of the face, may be fractional (23.976).
        start_s: place in the sound of the first frame; may lie before it.
        duration_s: from the first frame to the last; None for as long as the sound lasts.
        style: by name of a style of the model, how much it is led there; the usual style is 0.
        expressions: by name, 0 … 1; procedural overlays of shapes.
        unblinking: (T,) where something else moves the lids, so that no blink is added; None for
            nowhere.
    """

    sound: Sound
    frame_rate_hz: float
    start_s: float = 0.0
    duration_s: float | None = None
    style: Mapping[str, Curve] = field(default_factory=dict)
    expressions: Mapping[str, Curve] = field(default_factory=dict)
    unblinking: Bools | None = None

    @property
    def frame_count(self) -> int:
        """T, for curves that are given frame by frame."""
        length = self.duration_s
        if length is None:
            length = max(self.sound.duration_s - self.start_s, 0.0)
        return int(np.floor(length * self.frame_rate_hz + 1e-6)) + 1


@dataclass(frozen=True, eq=False)
class SpeechResult:
    """A speaking face.

    Args:
        clip: T frames of ARKit channels, 0 … 1.
        head_offset_rad: (T, 2) yaw and pitch of small nods, to be added to the head's own motion;
            up is positive. All 0 without the upper face.
        warnings: what the user should know about the sound.
    """

    clip: FaceClip
    head_offset_rad: Floats
    warnings: tuple[str, ...] = ()


class SpeechFacePipeline:
    """Turns sound into a face.

    Args:
        session: a loaded speech model.
        window_s: how much sound is looked at in one go; changes speed and memory, not the result.

    Raises:
        ContractError: the model is not a speech model, or does not say what it must.
    """

    def __init__(self, session: Runner, window_s: float = WINDOW_S) -> None:
        self._session = session
        self._layout: SpeechLayout = read_layout(session.contract)
        self._window_s = window_s

    @property
    def channels(self) -> tuple[str, ...]:
        """ARKit channels that the model moves."""
        return self._layout.channels

    @property
    def styles(self) -> tuple[str, ...]:
        """Names of the model's styles, the usual one first."""
        return self._layout.style_names

    def generate(
        self, request: SpeechRequest, *, on_progress: Progress | OnProgress | None = None
    ) -> SpeechResult:
        """Speak.

        Args:
            request: sound and settings.
            on_progress: is given 0 … 1 and returns False to cancel.

        Raises:
            SettingsError: a setting is out of range or unknown.
            SoundError: the sound is empty.
            Cancelled: ``on_progress`` said so.
        """
        _check(request)
        progress = Progress.of(on_progress)
        sound = CancellableSound(request.sound, progress.cancellation)
        request = replace(request, sound=sound)
        count, rate = request.frame_count, request.frame_rate_hz
        times = request.start_s - request.offset_s + np.arange(count) / rate
        overlay = expression_curves(request.expressions, count)
        voice = voice_of(request.sound)
        level = _Level(speech_gain(voice, self._layout.level_db))
        curves = self._hear(request, times, level, progress)
        head = np.zeros((count, 2), np.float32)
        if request.upper_face:
            head = _add_upper_face(request, voice, times, overlay)
        progress(0.95)
        clip = _lay_over(FaceClip(self.channels, rate, curves), overlay)
        if request.lip_closure:
            clip = close_lips(clip)
        np.clip(clip.weights, 0.0, 1.0, out=clip.weights)
        progress(1.0)
        return SpeechResult(clip, head, level.warnings())

    def _hear(
        self, request: SpeechRequest, times: Floats, level: _Level, progress: Progress
    ) -> Floats:
        """What the model makes of the sound, its strength and smoothing applied: (T, C)."""
        count, rate = request.frame_count, request.frame_rate_hz
        styles = self._layout.styles_over_time(request.style, count)
        strength = as_curve(request.strength, count, "strength")
        curves = np.empty((count, len(self.channels)), np.float32)
        step = max(1, int(self._window_s * rate))
        for first in range(0, count, step):
            progress(0.85 * first / count)
            part = slice(first, min(first + step, count))
            curves[part] = self._run_window(request.sound, times[part], styles[part], level)
        curves *= strength[:, None]
        if request.smoothing_s > 0:
            for column in curves.T:  # one at a time: smoothing needs several copies
                column[:] = gaussian_smooth(column, request.smoothing_s * rate)
        progress(0.85)
        return curves

    def _run_window(self, sound: Sound, times: Floats, styles: Floats, level: _Level) -> Floats:
        """Curves (T, C) at these times of the sound, seconds."""
        grid, margin = self._layout.grid_samples, self._layout.context_s * SAMPLE_RATE_HZ
        first = int(np.floor((times[0] * SAMPLE_RATE_HZ - margin) / grid)) * grid
        last = int(np.ceil((times[-1] * SAMPLE_RATE_HZ + margin) / grid)) * grid
        waveform = level.adjust(sound.read(first, last - first))
        feeds = {
            "waveform": waveform,
            "times": (times - first / SAMPLE_RATE_HZ).astype(np.float32),
            "style": np.ascontiguousarray(styles),
        }
        return np.asarray(self._session.run(feeds)["curves"])


class _Level:
    """Brings sound to its level, and listens for what no face can be made from."""

    def __init__(self, gain: float) -> None:
        self._gain = np.float32(gain)
        self._loudest = 0.0
        self._clipped = self._count = 0

    def adjust(self, waveform: Floats) -> Floats:
        if len(waveform):
            size = np.abs(waveform)
            self._loudest = max(self._loudest, float(size.max()))
            self._clipped += int(np.count_nonzero(size > _FULL))
            self._count += len(size)
        return self._gain * waveform

    def warnings(self) -> tuple[str, ...]:
        if self._loudest < _SILENT:
            return ("nothing is heard in this sound: the mouth stays at rest",)
        share = self._clipped / max(self._count, 1)
        if share > _CLIPPED_SHARE:
            said = f"{share:.1%} of the sound is clipped; a quieter recording serves better"
            return (Note(said),)
        return ()


def _add_upper_face(
    request: SpeechRequest, voice: VoiceActivity, times: Floats, overlay: dict[str, Floats]
) -> Floats:
    """Add brows and blinks to the overlay; the head's offset (T, 2)."""
    rng = np.random.default_rng(request.seed)
    prosody = hear_prosody(request.sound, voice)
    upper = animate_upper_face(prosody, times, rng, unblinking=request.unblinking)
    for name, curve in upper.channels.items():
        if request.blinks or name not in BLINKS:
            overlay[name] = overlay[name] + curve if name in overlay else curve
    return upper.head_offset_rad


def _lay_over(clip: FaceClip, overlay: Mapping[str, Floats]) -> FaceClip:
    """Add curves; channels the clip does not have are appended."""
    if not overlay:
        return clip
    new = tuple(name for name in overlay if name not in clip.channels)
    weights = np.zeros((clip.frame_count, len(clip.channels) + len(new)), np.float32)
    weights[:, : len(clip.channels)] = clip.weights
    names = clip.channels + new
    for name, curve in overlay.items():
        weights[:, names.index(name)] += curve
    return FaceClip(names, clip.frame_rate_hz, weights)


def _check(request: SpeechRequest) -> None:
    for each in declared(request):
        value = getattr(request, each.field)
        each.check(float(np.min(value)))
        each.check(float(np.max(value)))
    if not request.sound.duration_s > 0:
        raise SoundError("the sound has no length. Choose another file")
    numbers: tuple[tuple[str, float, float, float], ...] = (
        ("frame rate", request.frame_rate_hz, 1.0, 1000.0),
        ("duration", request.duration_s or 0.0, 0.0, 1e6),
        ("start", request.start_s, -1e6, 1e6),
    )
    for what, value, low, high in numbers:
        if not low <= value <= high:
            raise SettingsError(f"{what} must be {low:g} to {high:g}; found {value:g}")

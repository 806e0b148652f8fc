"""A sound becomes a speaking face.

The whole sound is heard once for its loudness, and brought to the level of speech that the model
was trained at. Then a network (networks/) speaks, in pieces that do not show in what comes out.

After the model, in this order, each stated and each to be switched off: strength, smoothing,
expressions and the procedural upper face laid over it, and the closure of lips.

Source: Karras, Aila, Laine, Herva, Lehtinen 2017, ACM TOG 36(4):94; the upper face and expressions
are not theirs (their actors moved the whole face), nor is the closure of lips.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ..conventions import Bools, Floats
from ..errors import ModelError, SettingsError, SoundError
from ..face.clip import FaceClip
from ..jobs import OnProgress, Progress, Runner
from ..maths.curve import Curve, as_curve
from ..maths.smoothing import gaussian_smooth
from ..settings import declared
from ..sound.voice_activity import VoiceActivity, detect_voice
from ..sound.waveform import CancellableSound, Sound
from .emotions import EmotionMark, emotion_curves, phrases_of, with_marks
from .expressions import expression_curves
from .level import describe_level, speech_gain
from .lip_closure import close_lips
from .networks.opening import open_network
from .networks.protocol import HeardSpeech, HearingProvider, SpeakOptions, SpeechNetwork
from .phones import HeardPhone
from .settings import SpeechOptions
from .upper_face import BLINKS, animate_upper_face, hear_prosody


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
        marks: which emotion begins when, in seconds after the first frame; laid over as well.
        unblinking: (T,) where something else moves the lids, so that no blink is added; None for
            nowhere.
        phones: a list corrected by hand, instead of the one that is heard.
    """

    sound: Sound
    frame_rate_hz: float
    start_s: float = 0.0
    duration_s: float | None = None
    style: Mapping[str, Curve] = field(default_factory=dict)
    expressions: Mapping[str, Curve] = field(default_factory=dict)
    marks: tuple[EmotionMark, ...] = ()
    unblinking: Bools | None = None
    phones: tuple[HeardPhone, ...] | None = None

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
        phones: what the lips were corrected by, in order; empty where nothing is heard of them.
    """

    clip: FaceClip
    head_offset_rad: Floats
    warnings: tuple[str, ...] = ()
    phones: tuple[HeardPhone, ...] = ()


class SpeechFacePipeline:
    """Turns sound into a face.

    Args:
        model: a loaded speech model, or a network of one.
        hearing: hears a sound by an encoder; networks that hear the sound itself need none.

    Raises:
        ContractError: the model is not a speech model, or does not say what it must.
    """

    def __init__(
        self, model: Runner | SpeechNetwork, hearing: HearingProvider | None = None
    ) -> None:
        self._network = model if isinstance(model, SpeechNetwork) else open_network(model)
        self._hearing = hearing
        if self._network.layout.needs_hearing and hearing is None:
            raise ModelError(
                "this speech model hears by an encoder, and none is open. Install the model "
                "'speech_encoder', or choose another speech model"
            )

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels that the model moves."""
        return self._network.layout.channels

    @property
    def styles(self) -> tuple[str, ...]:
        """Names of the model's styles, the usual one first."""
        return self._network.layout.style_names

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
        heard = self._hear(request.sound, progress.part(0.0, 0.1))
        overlay = expression_curves(_expressions(request, heard.voice, times), count)
        warnings = describe_level(request.sound, heard.voice, times[0], times[-1])
        curves = self._speak(request, heard, times, progress.part(0.1, 0.85))
        head = np.zeros((count, 2), np.float32)
        if request.upper_face:
            head = _add_upper_face(request, heard.voice, times, overlay)
        progress(0.95)
        clip = _lay_over(FaceClip(self.channels, rate, curves), overlay)
        if request.lip_closure:
            clip = close_lips(clip)
        np.clip(clip.weights, 0.0, 1.0, out=clip.weights)
        progress(1.0)
        return SpeechResult(clip, head, warnings)

    def _hear(self, sound: Sound, progress: Progress) -> HeardSpeech:
        hearing = None if self._hearing is None else self._hearing(sound, progress)
        voice = detect_voice(sound) if hearing is None else hearing.voice
        gain = speech_gain(voice, self._network.layout.level_db)
        progress(1.0)
        return HeardSpeech(sound, gain, voice, hearing)

    def _speak(
        self, request: SpeechRequest, heard: HeardSpeech, times: Floats, progress: Progress
    ) -> Floats:
        """What the model makes of the sound, its strength and smoothing applied: (T, C)."""
        count, rate = request.frame_count, request.frame_rate_hz
        style = self._network.layout.style_track(request.style, times)
        strength = as_curve(request.strength, count, "strength")
        options = SpeakOptions(request.variation, request.expressiveness)
        curves = self._network.speak(heard, times, style, options, progress).curves
        curves *= strength[:, None]
        if request.smoothing_s > 0:
            for column in curves.T:  # one at a time: smoothing needs several copies
                column[:] = gaussian_smooth(column, request.smoothing_s * rate)
        progress(1.0)
        return curves


def _expressions(
    request: SpeechRequest, voice: VoiceActivity, times: Floats
) -> Mapping[str, Curve]:
    """Those of the sliders, with the emotions that marks ask for."""
    if not request.marks:
        return request.expressions
    phrases = phrases_of(voice) - times[0]
    return with_marks(request.expressions, emotion_curves(request.marks, times - times[0], phrases))


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

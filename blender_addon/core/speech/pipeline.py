"""A sound becomes a speaking face.

The whole sound is heard once for its loudness, and brought to the level of speech that the model
was trained at. Then a network (networks/) speaks, in pieces that do not show in what comes out.

After the model, in this order, each stated and each to be switched off: strength, smoothing, rest
where nobody talks, expressions and the upper face laid over it (procedural where the model has not
learned it), and the positions of lips.

Source: Karras, Aila, Laine, Herva, Lehtinen 2017, ACM TOG 36(4):94; the upper face and expressions
are not theirs (their actors moved the whole face), nor are rest and the positions of lips.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..errors import ModelError, SettingsError, SoundError
from ..face.arkit import EYE_TURNS, LOWER_FACE, UPPER_FACE
from ..face.clip import FaceClip
from ..jobs import OnProgress, Progress, Runner
from ..maths.curve import Curve, as_curve
from ..maths.smoothing import gaussian_smooth
from ..settings import declared
from ..sound.hear import voice_of
from ..sound.level import speech_gain
from ..sound.voice_activity import VoiceActivity, touched_runs
from ..sound.waveform import CancellableSound, Sound
from .emotions import EmotionMark, emotion_curves, phrases_of, with_marks
from .expressions import expression_curves
from .head import MARGIN_S, nods_of
from .level import describe_level
from .networks.opening import open_network
from .networks.protocol import HeardSpeech, HearingProvider, SpeakOptions, SpeechNetwork
from .phone_list import ToldPhones
from .phones import HeardPhone
from .rest import how_awake
from .segments import find_mouth_shapes, open_or_close, see_mouth_shapes
from .settings import SpeechOptions
from .spoken import SpokenFace
from .upper_face import BLINKS, animate_upper_face, hear_prosody

_LID_MOVES: Final = 0.1


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
        phones_between_s: the stretch of the sound that the list tells of; around it phones are
            heard.
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
    phones_between_s: tuple[float, float] = (-math.inf, math.inf)

    @property
    def told(self) -> ToldPhones | None:
        """The corrected list; None if there is none."""
        return None if self.phones is None else ToldPhones(self.phones, *self.phones_between_s)

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
            up is positive. The model's own nods, where it has learned any; all 0 without the upper
            face.
        warnings: what the user should know about the sound.
        phones: every mouth shape, as heard or as corrected, in order.
        spoken: what the network made of it, for another list of phones; None if nothing was kept.
    """

    clip: FaceClip
    head_offset_rad: Floats
    warnings: tuple[str, ...] = ()
    phones: tuple[HeardPhone, ...] = ()
    spoken: SpokenFace | None = None


def result_of(spoken: SpokenFace, told: ToldPhones | None) -> SpeechResult:
    """The face with the mouth where the phones of a list need it.

    Args:
        spoken: what the network made of the sound.
        told: the phones as corrected by hand; None for as heard.
    """
    clip, phones = spoken.finish(told), spoken.among(told)
    return SpeechResult(clip, spoken.head_offset_rad, spoken.warnings, phones, spoken)


class SpeechFacePipeline:
    """Turns sound into a face.

    Args:
        model: a loaded speech model, or a network of one.
        hearing: hears a sound by an encoder; networks that hear the sound itself can do without,
            their lips and pauses are the better for it.

    Raises:
        ContractError: the model is not a speech model, or does not say what it must.
    """

    def __init__(
        self, model: Runner | SpeechNetwork, hearing: HearingProvider | None = None
    ) -> None:
        self._network = model if isinstance(model, SpeechNetwork) else open_network(model)
        self._hearing = hearing
        self._learned = set(self._network.layout.learned_upper_face) - set(EYE_TURNS)
        if self._network.layout.needs_hearing and hearing is None:
            raise ModelError(
                "this speech model hears by an encoder, and none is open. Install the model "
                "'speech_encoder', or choose another speech model"
            )

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels that the model moves."""
        layout, used = self._network.layout, self._learned.union(LOWER_FACE)
        return tuple(name for name in layout.channels if not layout.arkit or name in used)

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
        heard = self._hear(request.sound, progress.part(0.0, 0.3))
        overlay = expression_curves(_expressions(request, heard.voice, times), count)
        clip, head = self._speak(request, heard, times, progress.part(0.3, 0.85))
        warnings = describe_level(request.sound, heard, float(times[0]), float(times[-1]))
        if request.upper_face:
            nods = _add_upper_face(request, heard.voice, times, overlay, clip.channels)
            head = nods if head is None else head
        progress(0.95)
        still = np.zeros((count, 2), np.float32)
        layout = self._network.layout
        spoken = SpokenFace(
            clip, float(times[0]), as_curve(request.strength, count, "strength"), overlay,
            still if head is None else np.float32(request.head) * head,
            _found(heard, clip, times, arkit=layout.arkit), heard.phones is not None,
            None if heard.phones is None else heard.phones.at(times, "rounded_vowel"),
            request.lip_closure, layout.arkit, warnings,
        )  # fmt: skip
        progress(1.0)
        return result_of(spoken, request.told)

    def _hear(self, sound: Sound, progress: Progress) -> HeardSpeech:
        hearing = None if self._hearing is None else self._hearing(sound, progress)
        voice = voice_of(sound) if hearing is None else hearing.voice
        gain = speech_gain(voice, self._network.layout.level_db)
        progress(1.0)
        return HeardSpeech(sound, gain, voice, hearing)

    def _speak(
        self, request: SpeechRequest, heard: HeardSpeech, times: Floats, progress: Progress
    ) -> tuple[FaceClip, Floats | None]:
        """What the model makes of the sound, and the head's nods (T, 2) if it moves one."""
        layout, rate = self._network.layout, request.frame_rate_hz
        style = layout.style_track(request.style, times)
        options = SpeakOptions(request.variation, request.expressiveness)
        nods = layout.moves_head and request.upper_face
        margin = int(np.ceil(MARGIN_S * rate)) if nods else 0
        asked = times[0] + np.arange(-margin, len(times) + margin) / rate
        spoken = self._network.speak(heard, asked, style, options, progress)
        kept = [n for n, name in enumerate(layout.channels) if self._uses(name, request)]
        names = tuple(layout.channels[n] for n in kept)
        clip = FaceClip(names, rate, spoken.curves[margin : margin + len(times), kept])
        _move_mouth(clip, request, layout.gains)
        if layout.arkit:
            _hold_lids(clip, request.unblinking)
        if layout.rests and heard.hearing is not None:  # a model's own shapes rest at 0, too
            _rest(clip, how_awake(heard.hearing, times, request.breath))
        if not nods or spoken.head_rad is None:
            return clip, None
        return clip, nods_of(spoken.head_rad, rate, margin)

    def _uses(self, name: str, request: SpeechRequest) -> bool:
        """Whether a channel of the model is used: the mouth is, the rest where it learned it."""
        if not self._network.layout.arkit or name in LOWER_FACE:
            return True
        blinks = request.blinks or name not in BLINKS
        return request.upper_face and blinks and name in self._learned


def _move_mouth(clip: FaceClip, request: SpeechRequest, gains: Mapping[str, float]) -> None:
    """Strength and smoothing, of all but the learned upper face; changes the clip in place."""
    strength = as_curve(request.strength, clip.frame_count, "strength")
    for name, column in _mouth(clip):  # one at a time: smoothing needs several copies
        column *= np.float32(gains.get(name, 1.0)) * strength
        if request.smoothing_s > 0:
            column[:] = gaussian_smooth(column, request.smoothing_s * clip.frame_rate_hz)


def _rest(clip: FaceClip, awake: Floats) -> None:
    for _, column in _mouth(clip):
        column *= awake


def _mouth(clip: FaceClip) -> Iterator[tuple[str, Floats]]:
    """Names and columns (T,) that are not of the upper face."""
    for column, name in zip(clip.weights.T, clip.channels, strict=True):
        if name not in UPPER_FACE:
            yield name, column


def _hold_lids(clip: FaceClip, unblinking: Bools | None) -> None:
    """Leave out the learned blinks that would be seen where something else moves the lids."""
    for name in BLINKS:
        if unblinking is not None and name in clip.channels:
            lids = clip.channel(name)
            lids[touched_runs(lids > _LID_MOVES, unblinking)] = 0.0


def _found(
    heard: HeardSpeech, clip: FaceClip, times: Floats, *, arkit: bool
) -> tuple[HeardPhone, ...]:
    """Every mouth shape: as heard; as the curves have it where nothing hears phones."""
    first, last = float(times[0]), float(times[-1])
    if heard.phones is None:
        return see_mouth_shapes(clip, first) if arkit else ()
    found = find_mouth_shapes(heard.phones, heard.voice, first, last)
    return open_or_close(found, clip, first) if arkit else found


def _expressions(
    request: SpeechRequest, voice: VoiceActivity, times: Floats
) -> Mapping[str, Curve]:
    """Those of the sliders, with the emotions that marks ask for."""
    if not request.marks:
        return request.expressions
    phrases = phrases_of(voice) - times[0]
    return with_marks(request.expressions, emotion_curves(request.marks, times - times[0], phrases))


def _add_upper_face(
    request: SpeechRequest,
    voice: VoiceActivity,
    times: Floats,
    overlay: dict[str, Floats],
    learned: tuple[str, ...],
) -> Floats:
    """Add brows and blinks that the model has not learned to the overlay; nods (T, 2)."""
    rng = np.random.default_rng(request.seed)
    prosody = hear_prosody(request.sound, voice)
    upper = animate_upper_face(prosody, times, rng, unblinking=request.unblinking)
    for name, curve in upper.channels.items():
        if (request.blinks or name not in BLINKS) and name not in learned:
            overlay[name] = overlay[name] + curve if name in overlay else curve
    return upper.head_offset_rad


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

"""What is measured of talking: on real voices, on held-out recordings, and on seven rigs."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.gesture.measures.fgd import fgd, latents_of
from backend.gesture.measures.ranks import rank_correlation
from blender_addon.core.conventions import Floats
from blender_addon.core.gesture.request import Stroke, TalkRequest, TalkResult
from blender_addon.core.gesture.talk.graph import ClipGraph, MoveLibrary
from blender_addon.core.gesture.talk.pauses import find_spans, speeds
from blender_addon.core.gesture.talk.pipeline import Provider, TalkPipeline
from blender_addon.core.gesture.talk.prior import PriorProvider
from blender_addon.core.gesture.talk.reaching import reach_stills
from blender_addon.core.gesture.talk.upper_body import clip_of, mirrored, upper_body_of, wrists
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.opening import open_models
from blender_addon.core.jobs import Progress
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.sound.prosody import RATE_HZ, Prosody, hear_prosody

from .data import Take, load_takes
from .variants import plan_of
from .voices import Voice, read_voices, still_sounds

SEEDS: Final = (0, 1, 2)
_SMOOTH_S: Final = 1.5
_EVERY: Final = 15
_SEARCH_S: Final = 0.4
_LEAST_PEAK_M_S: Final = 0.12
_SILENT_S: Final = 0.25

_log = logging.getLogger(__name__)


def evaluate_talk(models: Path, data: Path) -> dict[str, Any]:
    """All measures of talking, by name.

    Args:
        models: folder of gesture_prior.onnx.
        data: holds mocap, speech, human and rigs.
    """
    session = open_models(["gesture_prior"], ModelChoice(models))[0]
    provider = PriorProvider(session)
    talks = Talks.of(read_voices(data / "speech"), TalkPipeline(session))
    found = {**talks.measures(), "strokes_in_silence": talks.in_silence() + still_strokes(session)}
    found |= held_out(data / "mocap", provider)
    found["talk_core_minute_s"] = core_seconds(talks, session)
    from backend.rigs.gestures import hands_through_bodies

    shares = hands_through_bodies(data, [talk for _, talk in talks.made[:: len(SEEDS)]])
    found["hands_through_body"] = max(shares.values(), default=float("nan"))
    found["hands_through_body_by_rig"] = shares
    return found


class Talks:
    """Talks to real voices, and what is measured of their motion."""

    def __init__(self, made: Sequence[tuple[Prosody, TalkResult]]) -> None:
        self.made = list(made)

    @classmethod
    def of(cls, voices: Sequence[Voice], pipeline: TalkPipeline) -> Talks:
        """Each voice with each seed."""
        made = []
        for voice in voices:
            prosody = hear_prosody(voice.sound)
            for seed in SEEDS:
                request = TalkRequest(prosody, prosody.duration_s + 1.0, seed=seed)
                made.append((prosody, pipeline.generate(request)))
        return cls(made)

    def measures(self) -> dict[str, Any]:
        """Of times, rates and sizes."""
        errors, sizes, loudness = list[float](), list[float](), list[float]()
        for prosody, talk in self.made:
            for stroke in talk.strokes:
                apex, size = apex_of(talk, stroke)
                accent = prosody.accents_s[np.abs(prosody.accents_s - stroke.time_s).argmin()]
                errors.append(abs(apex - float(accent)))
                sizes.append(size)
                loudness.append(_loudness_at(prosody, float(accent)))
        return {
            "strokes": len(errors),
            "apex_p90_ms": 1000.0 * float(np.percentile(errors, 90)),
            "apex_random_p90_ms": 1000.0 * self._random_p90(),
            "rate_spearman": self._rate(),
            "amplitude_spearman": rank_correlation(sizes, loudness),
        }

    def _random_p90(self) -> float:
        """The same of strokes at random times of speech, each to the nearest it was meant for."""
        rng, errors = np.random.default_rng(0), list[float]()
        for prosody, talk in self.made:
            spoken = np.flatnonzero(prosody.speaking) / RATE_HZ
            times = np.sort(rng.choice(spoken, len(talk.strokes)))
            meant = np.array([stroke.time_s for stroke in talk.strokes])
            errors += [float(np.abs(meant - t).min()) for t in times] if len(meant) else []
        return float(np.percentile(errors, 90))

    def _rate(self) -> float:
        """Density of the strokes seen in the motion against loudness, both smoothed by 1.5 s,
        within each voice; mean of the voices, each as long as it is.
        """
        found, lengths = list[float](), list[float]()
        for prosody, talk in self.made:
            density = np.zeros(len(prosody.loudness))
            for stroke in talk.strokes:
                at = round(apex_of(talk, stroke)[0] * RATE_HZ)
                density[min(at, len(density) - 1)] += 1.0
            both = (density, np.asarray(prosody.loudness, np.float64))
            smooth = [gaussian_smooth(each, _SMOOTH_S * RATE_HZ)[::_EVERY] for each in both]
            found.append(rank_correlation(*smooth))
            lengths.append(prosody.duration_s)
        return float(np.average(found, weights=lengths))

    def in_silence(self) -> int:
        """Apexes of the motion where nobody has spoken for a quarter of a second around."""
        count, reach = 0, round(_SILENT_S * RATE_HZ)
        for prosody, talk in self.made:
            for stroke in talk.strokes:
                at = round(apex_of(talk, stroke)[0] * RATE_HZ)
                count += not prosody.speaking[max(at - reach, 0) : at + reach + 1].any()
        return count


def apex_of(talk: TalkResult, stroke: Stroke) -> tuple[float, float]:
    """When the hand of a stroke stops in the motion, seconds, and how far it went to there, metres.

    The hand's stop nearest the planned time is looked for; where there is none within 0.4 s, that
    is how far off it counts.
    """
    places = wrists(upper_body_of(talk.clip))
    best = (stroke.time_s + _SEARCH_S, 0.0)
    for side in {"LEFT": (0,), "RIGHT": (1,), "BOTH": (0, 1)}[stroke.hand]:
        speed = speeds(places[:, side])
        spans = find_spans(speed)
        for n, (first, _) in enumerate(spans):
            before = spans[n - 1][1] if n else 0
            peak = float(speed[before : first + 1].max())
            far = float(np.linalg.norm(places[first, side] - places[before, side]))
            nearer = abs(first / RATE_HZ - stroke.time_s) < abs(best[0] - stroke.time_s)
            if peak >= _LEAST_PEAK_M_S and nearer:
                best = (first / RATE_HZ, far)
    return best


def _loudness_at(prosody: Prosody, time_s: float) -> float:
    at = round(time_s * RATE_HZ)
    return float(prosody.loudness[max(at - 3, 0) : at + 4].max())


def still_strokes(session: Any) -> int:
    """Strokes to silence, one click and steady noise."""
    pipeline = TalkPipeline(session)
    talks = [pipeline.generate(TalkRequest(hear_prosody(s), 10.0)) for s in still_sounds()]
    return sum(len(talk.strokes) for talk in talks)


def held_out(mocap: Path, provider: Provider) -> dict[str, float]:
    """Fréchet gesture distances of held-out takes made again from their own stills.

    The plan of a held-out take (where and when each hand is still) is all that is given. The floor
    is the distance of the training takes themselves, that is of other recordings, from the
    held-out ones.
    """
    takes = load_takes(mocap)
    val = [take for take in takes if take.split == "val"]
    train = [take for take in takes if take.split == "train"]
    graph = ClipGraph(MoveLibrary.of([take.pose for take in train]))
    reference = latents_of(_both([take.pose for take in val]), "upper")
    found = {
        "fgd": fgd(latents_of(remade(val, provider), "upper"), reference),
        "fgd_graph": fgd(latents_of(remade(val, graph), "upper"), reference),
        "fgd_floor": fgd(latents_of(_both([take.pose for take in train]), "upper"), reference),
    }
    return {name: float(value) for name, value in found.items()}


def remade(takes: Sequence[Take], provider: Provider) -> list[MotionClip]:
    """Takes and their mirror images as a provider makes them from their stills alone."""
    clips = []
    for take in takes:
        for n, pose in enumerate((take.pose, mirrored(take.pose))):
            plan = plan_of(pose)
            made = provider.fill(plan, n, Progress(None))
            still = np.zeros((plan.frame_count, 2), np.float32)
            clips.append(clip_of(reach_stills(made, plan, still, n)))
    return clips


def _both(poses: Sequence[Floats]) -> list[MotionClip]:
    return [clip_of(one) for pose in poses for one in (pose, mirrored(pose))]


def core_seconds(talks: Talks, session: Any) -> float:
    """Seconds for a minute of talking, without keys."""
    prosody = max((p for p, _ in talks.made), key=lambda each: each.duration_s)
    repeats = int(np.ceil(60.0 / prosody.duration_s))
    count = len(prosody.loudness)
    long = Prosody(
        np.tile(prosody.loudness, repeats),
        np.tile(prosody.pitch, repeats),
        np.tile(prosody.voiced, repeats),
        np.tile(prosody.speaking, repeats),
        np.concatenate([prosody.accents_s + n * count / RATE_HZ for n in range(repeats)]),
        np.tile(prosody.accent_strengths, repeats),
    )
    pipeline = TalkPipeline(session)
    started = time.perf_counter()
    pipeline.generate(TalkRequest(long, 60.0))
    return time.perf_counter() - started

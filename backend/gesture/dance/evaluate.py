"""Measures of the dance, on held-out music and at twelve tempi."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.gesture.measures.baselines import at_tempo, random_stretch
from backend.gesture.measures.beats import beat_alignment, foot_plants_s
from backend.gesture.measures.fgd import fgd, latents_of
from backend.gesture.measures.lock import lock_over_takes, phase_lock
from backend.gesture.measures.poses import world_positions
from backend.mocap.common_clips import foot_positions, read_standing_clip
from backend.motion_quality.windows import joint_jerk
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import ClipError, InputError
from blender_addon.core.feet.measures import heights_over_ground, slip_speed
from blender_addon.core.gesture.dance.features import RATE_HZ
from blender_addon.core.gesture.dance.pipeline import DancePipeline
from blender_addon.core.gesture.request import DanceRequest, DanceResult
from blender_addon.core.inference.session import open_session
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import HIPS_REST_HEIGHT_M, PLANTED_HEIGHTS_M
from blender_addon.core.sound.beats import BEATS_PER_MEASURE, BeatTrack

from ..dances import Dance, find_dances, published_beats
from ..takes import dancing_span, liveliness
from .export import MODEL_NAME

TEMPOS_BPM: Final = tuple(range(90, 201, 10))
BEATS: Final = Path("gesture") / "dance_beats"
SEEDS: Final = (0, 1, 2)
DRAWS: Final = 12
"""Random clips for each held-out dancer."""
_TAKE_S: Final = 30.0
_LONG_S: Final = 600.0
_EDGE_S: Final = 120.0
_SETTLED_S: Final = 2.0
_HIPS: Final = (0.7, 1.5)


@dataclass(frozen=True, eq=False)
class Recorded:
    """One recorded dancer while dancing.

    Args:
        style: of the dancer.
        clip: common skeleton, 60 Hz, as recorded.
        beats: of the music, from the clip's beginning.
        energy: (T,) at 30 Hz, 1 in the mean.
    """

    style: str
    clip: MotionClip
    beats: BeatTrack
    energy: Floats


def evaluate_dance(models: Path, data: Path) -> dict[str, Any]:
    """The measures of the shipped controller.

    Args:
        models: folder of ``dance_controller.onnx``.
        data: folder with mocap and gesture/dance_beats.

    Raises:
        InputError: recordings or the model are missing.
    """
    path = models / f"{MODEL_NAME}.onnx"
    if not path.is_file():
        raise InputError(f"there is no {path}; train it with backend train gesture --model dance")
    pipeline = DancePipeline(open_session(path, ["CPUExecutionProvider"]))
    couples = [dance for dance in find_dances(data / "mocap") if dance.is_salsa]
    held_out = [r for d in couples if d.split == "val" for r in read_recorded(d, data)]
    others = [r for d in couples if d.split == "train" for r in read_recorded(d, data)]
    if not held_out or not others:
        raise InputError(f"{data / 'mocap'} lacks salsa takes of the parts train and val")
    return measure(pipeline.generate, held_out, others)


def read_recorded(dance: Dance, data: Path) -> list[Recorded]:
    """The dancers of a take with the published beats of their music."""
    times, quarters = zip(*published_beats(data / BEATS, dance.name), strict=True)
    found = []
    for path, style in zip(dance.clips, dance.styles, strict=True):
        clip = read_standing_clip(path)
        span = dancing_span(clip)
        start = span.start / clip.frame_rate_hz
        kept = [n for n, time in enumerate(times) if start <= time]
        beats = np.array([times[n] - start for n in kept])
        first = -quarters[kept[0]] % BEATS_PER_MEASURE
        clip = MotionClip(
            clip.skeleton,
            clip.frame_rate_hz,
            clip.root_positions[span],
            clip.rotations_wxyz[span],
        )
        lively = liveliness(clip)[::2]
        found.append(Recorded(style, clip, BeatTrack(beats, first), lively / lively.mean()))
    return found


def measure(
    generate: Callable[[DanceRequest], DanceResult],
    held_out: Sequence[Recorded],
    others: Sequence[Recorded],
    *,
    long_s: float = _LONG_S,
) -> dict[str, Any]:
    """All measures of what makes dances.

    Args:
        generate: makes one.
        held_out: dancers whose music is danced to.
        others: dancers that random clips are taken from.
        long_s: length of the dance that shows whether it stays a dance.
    """
    rng = np.random.default_rng(0)
    dances = [generate(_request(each, seed)) for seed in SEEDS for each in held_out]
    clips = [_settled(dance.clip) for dance in dances]
    music = [_later(each.beats, _SETTLED_S) for each in held_out] * len(SEEDS)
    random = [_random_clip(each, others, rng) for _ in range(DRAWS) for each in held_out]
    reference = latents_of([each.clip for each in held_out], "body")
    floors = _by_rounds(random, len(held_out))
    made = _by_rounds(clips, len(held_out))
    recorded = [each.clip for each in held_out]
    measures: dict[str, Any] = {
        "beat_alignment": _aligned(clips, music),
        "beat_alignment_random": _aligned(random, [r.beats for r in held_out] * DRAWS),
        "beat_alignment_recorded": _aligned(recorded, [r.beats for r in held_out]),
        **measure_lock(generate),
        "fgd": float(np.mean([fgd(latents_of(each, "body"), reference) for each in made])),
        "fgd_floor": float(np.mean([fgd(latents_of(each, "body"), reference) for each in floors])),
        "slip_cm_s": slip_cm_s(clips),
        "jerk_ratio": _jerk(clips) / _jerk(recorded),
        "speed_ratio": _speed(clips) / _speed(recorded),
    }
    return measures | _stability(generate, held_out, reference, long_s)


def _request(each: Recorded, seed: int) -> DanceRequest:
    """The held-out music, as loud as its dancer was lively."""
    loudness = np.clip(each.energy - 0.5, 0.0, 1.0)
    return DanceRequest(each.beats, each.clip.duration_s, loudness, each.style, seed=seed)


def measure_lock(generate: Callable[[DanceRequest], DanceResult]) -> dict[str, float]:
    """Lock of half a minute of dance at twelve tempi, of both salsa styles."""
    locks = []
    for number, bpm in enumerate(TEMPOS_BPM):
        for style in ("Salsa lead", "Salsa follow"):
            beats = BeatTrack(np.arange(0.0, _TAKE_S + 2.0, 60.0 / bpm))
            loudness = np.full(int(_TAKE_S * RATE_HZ) + 1, 0.5)
            dance = generate(DanceRequest(beats, _TAKE_S, loudness, style, seed=number))
            rest = _later(beats, _SETTLED_S)
            locks.append(phase_lock(_settled(dance.clip), rest, dance.steps_per_beat))
    return {
        "lock": float(np.mean([each.resultant for each in locks])),
        "lock_least": float(min(each.resultant for each in locks)),
        "lock_over_takes": lock_over_takes(locks),
    }


def _settled(clip: MotionClip) -> MotionClip:
    """Without the standing that a dance begins and ends with."""
    edge = round(_SETTLED_S * clip.frame_rate_hz)
    return _between(clip, edge, clip.frame_count - edge)


def _between(clip: MotionClip, start: int, stop: int) -> MotionClip:
    contacts = None if clip.contacts is None else clip.contacts[start:stop]
    return MotionClip(
        clip.skeleton,
        clip.frame_rate_hz,
        clip.root_positions[start:stop],
        clip.rotations_wxyz[start:stop],
        contacts,
    )


def _later(beats: BeatTrack, by_s: float) -> BeatTrack:
    """The same beats seen from a later time; those before it are gone."""
    kept = np.flatnonzero(beats.beats_s >= by_s)
    first = (beats.first_of_measure - int(kept[0])) % BEATS_PER_MEASURE
    return BeatTrack(beats.beats_s[kept] - by_s, first)


def _random_clip(
    each: Recorded, others: Sequence[Recorded], rng: np.random.Generator
) -> MotionClip:
    """Another take of the same style, at this music's tempo, begun anywhere."""
    same = [other for other in others if other.style == each.style]
    for _ in range(100):
        other = same[int(rng.integers(len(same)))]
        try:
            clip = at_tempo(other.clip, each.beats.tempo_bpm / other.beats.tempo_bpm)
        except ClipError:
            continue
        return random_stretch(clip, each.clip.frame_count, rng)
    raise InputError(f"no take of {each.style} has a tempo near {each.beats.tempo_bpm:.0f} bpm")


def _by_rounds(clips: Sequence[MotionClip], size: int) -> list[list[MotionClip]]:
    return [list(clips[n : n + size]) for n in range(0, len(clips), size)]


def _aligned(clips: Sequence[MotionClip], music: Sequence[BeatTrack]) -> float:
    scores = [
        beat_alignment(foot_plants_s(clip), beats.beats_s)
        for clip, beats in zip(clips, music, strict=True)
    ]
    return float(np.mean(scores))


def slip_cm_s(clips: Sequence[MotionClip]) -> float:
    """Mean speed of the slowest heel or toe near the ground."""
    speeds = []
    for clip in clips:
        feet = foot_positions(clip)
        heights = heights_over_ground(feet, np.zeros(feet.shape[:2]), PLANTED_HEIGHTS_M)
        speeds.append(slip_speed(feet, heights, clip.frame_rate_hz).values)
    return float(100.0 * np.nanmean(np.concatenate(speeds)))


def _jerk(clips: Sequence[MotionClip]) -> float:
    jerks = [joint_jerk(world_positions(clip), clip.frame_rate_hz) for clip in clips]
    return float(np.concatenate(jerks).mean())


def _speed(clips: Sequence[MotionClip]) -> float:
    return float(np.concatenate([liveliness(clip) for clip in clips]).mean())


def _stability(
    generate: Callable[[DanceRequest], DanceResult],
    held_out: Sequence[Recorded],
    reference: Floats,
    long_s: float,
) -> dict[str, Any]:
    """Whether a long dance ends as it began: distances of its last part over those of its first."""
    edge_s = min(_EDGE_S, long_s / 3.0)
    ratios, shares = [], []
    for each in held_out[:2]:
        tempo = each.beats.tempo_bpm
        beats = BeatTrack(np.arange(0.0, long_s + 2.0, 60.0 / tempo))
        loudness = np.full(int(long_s * RATE_HZ) + 1, 0.5)
        clip = _settled(generate(DanceRequest(beats, long_s, loudness, each.style)).clip)
        edge = round(edge_s * clip.frame_rate_hz)
        first, last = (
            _between(clip, 0, edge),
            _between(clip, clip.frame_count - edge, clip.frame_count),
        )
        before, after = (fgd(latents_of([part], "body"), reference) for part in (first, last))
        ratios.append(after / before)
        shares.append(clip.root_positions[:, 1] / HIPS_REST_HEIGHT_M)
    share = np.concatenate(shares)
    return {
        "stability_ratio": float(np.mean(ratios)),
        "stability_hips_in_range": bool(share.min() > _HIPS[0] and share.max() < _HIPS[1]),
        "stability_minutes": long_s / 60.0,
    }

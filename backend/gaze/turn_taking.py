"""Whether eyes go to the partner at the ends of turns: of people recorded, and of characters.

Two characters' worth of invented talk (turns, pauses within them, a short gap between) is given to
the pipeline as two voices, and its frames are looked at. Of people, a turn is a stretch of
recording in which they spoke; between two such lie some ten seconds in which roles were changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.gaze.measures import gaze_directions
from blender_addon.core.gaze.pipeline import GazePipeline, GazeRequest, GazeSettings, GazeTarget
from blender_addon.core.gaze.roles import SPEAKING, roles_over_time, turns_over_time
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound.voice_activity import RATE_HZ, VoiceActivity

from .conversation import Recording
from .metrics import PARTNER_RADIUS_DEG

END_S: Final = 2.0
_START_S: Final = 1.0
_CHARACTERS: Final = 8
_SECONDS: Final = 120.0
_EYES_M, _PARTNER_M = 1.6, 1.3


def auc_of_shares(at_ends: float, elsewhere: float) -> float:
    """Area under the curve of "looks at the partner" as a sign of "the turn ends".

    A sign that is there or not has one threshold, for which the area is half of one and what the
    two shares differ by.
    """
    return 0.5 * (1.0 + at_ends - elsewhere)


def measure_people(recordings: Sequence[Recording]) -> dict[str, Any]:
    """Of people: the last two seconds of each stretch of speaking against the rest of it.

    Returns:
        turn_taking_auc_data, mean over people who ended a turn; turn_ends_data, how many did.
    """
    found, ends = [], 0
    for each in recordings:
        near = np.rad2deg(np.linalg.norm(each.direction_rad, axis=-1)) <= PARTNER_RADIUS_DEG
        until, count = _until_end(each)
        late, early = until < END_S, (until >= END_S) & np.isfinite(until)
        ends += count
        if each.duration_s[late].any() and each.duration_s[early].any():
            shares = (np.average(near[which], weights=each.duration_s[which])
                      for which in (late, early))  # fmt: skip
            found.append(auc_of_shares(*(float(share) for share in shares)))
    return {
        "turn_taking_auc_data": float(np.mean(found)) if found else None,
        "turn_ends_data": ends,
    }


def _until_end(recording: Recording) -> tuple[Floats, int]:
    """(N,) from the middle of each fixation to the end of its turn, inf elsewhere; and how many."""
    spent = recording.duration_s + recording.pause_s + recording.breaks_s
    ends = np.cumsum(spent)
    until, count = np.full(len(ends), np.inf), 0
    cuts = np.flatnonzero(np.diff(recording.roles)) + 1
    for part in np.split(np.arange(len(ends)), cuts):
        if recording.roles[part[0]] == SPEAKING and part[-1] + 1 < len(ends):
            middle = ends[part] - 0.5 * recording.duration_s[part]
            until[part] = ends[part[-1]] - middle
            count += 1
    return until, count


def measure_characters(behaviour: Path, eye_head: Path) -> dict[str, Any]:
    """Of characters of the whole pipeline, given two voices.

    Args:
        behaviour, eye_head: the exported networks.

    Returns:
        turn_taking_auc; the shares of time on the partner it comes of; and the share in the first
        second of turns.
    """
    pipeline = GazePipeline(ModelSession(behaviour), ModelSession(eye_head))
    asked = [_converse(seed) for seed in range(_CHARACTERS)]
    results = pipeline.generate([request for request, _ in asked])
    shares = []
    for (_, own), result in zip(asked, results, strict=True):
        gaze = gaze_directions(result.clip)
        on_partner = gaze[:, 2] >= np.cos(np.deg2rad(PARTNER_RADIUS_DEG))
        shares.append([on_partner[which].mean() for which in _parts(own)])
    late, early, first = (float(each) for each in np.mean(shares, axis=0))
    return {
        "turn_taking_auc": auc_of_shares(late, early),
        "partner_share_turn_end": late,
        "partner_share_elsewhere": early,
        "partner_share_turn_start": first,
    }


def _parts(own: Bools) -> tuple[Bools, Bools, Bools]:
    """(T,) the ends of own turns, the rest of them, and their first second."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], own.astype(int), [0]))))
    late, first = np.zeros_like(own), np.zeros_like(own)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        late[max(stop - round(END_S * MODEL_FRAME_RATE_HZ), start) : stop] = True
        first[start : min(start + round(_START_S * MODEL_FRAME_RATE_HZ), stop)] = True
    return late, own & ~late, first


def _converse(seed: int) -> tuple[GazeRequest, Bools]:
    """A character with its partner straight before it, and (T,) its own turns."""
    frames = round(_SECONDS * MODEL_FRAME_RATE_HZ)
    own, partner, turns = _talk(np.random.default_rng([seed, 5]))
    times = np.arange(frames) / MODEL_FRAME_RATE_HZ
    eyes = np.tile(np.array([0.0, _EYES_M, 0.0], np.float32), (frames, 1))
    there = eyes + np.array([0.0, 0.0, _PARTNER_M], np.float32)
    request = GazeRequest(
        head_positions=eyes,
        head_rotations_wxyz=np.tile(np.array([1.0, 0.0, 0.0, 0.0], np.float32), (frames, 1)),
        targets=(GazeTarget("partner", "PARTNER", there, np.ones(frames, np.float32)),),
        roles=roles_over_time(own, partner, times),
        turns=turns_over_time(own, partner, times),
        settings=GazeSettings(micro_saccades=0.0, blink_rate=0.0),
        seed=seed,
    )
    return request, turns[np.floor(times * RATE_HZ).astype(np.int64)]


def _talk(rng: np.random.Generator) -> tuple[VoiceActivity, VoiceActivity, Bools]:
    """Two voices that take turns of 4 to 20 s, and (N,) where the first has its turn."""
    count = round(_SECONDS * RATE_HZ) + 1
    voices, mine = np.zeros((2, count), np.bool_), np.zeros(count, np.bool_)
    time, who = float(rng.uniform(0.5, 3.0)), int(rng.integers(2))
    while time < _SECONDS:
        end = time + float(np.clip(8.0 * np.exp(0.5 * rng.standard_normal()), 4.0, 20.0))
        turn = slice(round(time * RATE_HZ), round(end * RATE_HZ))
        voices[who, turn] = True
        mine[turn] |= who == 0
        for pause in np.arange(time + rng.uniform(1.5, 3.0), end - 1.0, rng.uniform(2.0, 3.5)):
            voices[who, round(pause * RATE_HZ) : round((pause + 0.5) * RATE_HZ)] = False
        time, who = end + float(rng.uniform(0.1, 0.5)), 1 - who
    own, partner = (
        VoiceActivity(RATE_HZ, voice, np.where(voice, -20.0, -80.0), voice.astype(float))
        for voice in voices
    )
    return own, partner, mine

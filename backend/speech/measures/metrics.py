"""Measures of a speaking face: against curves that are known, and against phones that are known.

Curves have the columns of ``ARKIT_52``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from backend.phonetics.phones import PhoneTrack, visible_kind
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.face.arkit import ARKIT_52

JAW = ARKIT_52.index("jawOpen")
MOVES = 1e-3
"""A channel is active if its curve's standard deviation is above this."""
MAX_LAG_FRAMES = 10
_PARTS = {
    "jawOpen": 1.0,
    "mouthClose": -1.0,
    "mouthLowerDownLeft": 0.25,
    "mouthLowerDownRight": 0.25,
    "mouthUpperUpLeft": 0.25,
    "mouthUpperUpRight": 0.25,
    "mouthFunnel": 0.15,
    "mouthPressLeft": -0.25,
    "mouthPressRight": -0.25,
    "mouthRollLower": -0.25,
    "mouthRollUpper": -0.25,
}
"""How far each shape parts the lips, in units of a fully opened jaw; read off the shapes."""
OPENING_WEIGHTS = np.array([_PARTS.get(name, 0.0) for name in ARKIT_52])


@dataclass(frozen=True)
class Take:
    """Predicted curves beside the known ones.

    Args:
        name: of the recording.
        predicted, known: (T, C) at the same frames.
        frame_rate_hz: of both.
    """

    name: str
    predicted: Floats
    known: Floats
    frame_rate_hz: float


def active_channels(curves: Sequence[Floats]) -> Bools:
    """(C,) channels that move in any of these (T, C)."""
    return np.asarray(np.max([c.std(axis=0) for c in curves], axis=0) > MOVES)


def rmse(takes: Sequence[Take], active: Bools) -> float:
    """Root mean square error over frames and active channels."""
    squares = [np.square(t.predicted - t.known, dtype=np.float64)[:, active] for t in takes]
    return float(np.sqrt(np.concatenate(squares).mean()))


def correlation(take: Take, channel: int = JAW) -> float:
    """Of one channel; 0 where one of both never moves."""
    pair = take.predicted[:, channel], take.known[:, channel]
    if min(np.std(pair[0]), np.std(pair[1])) < 1e-9:
        return 0.0
    return float(np.corrcoef(*pair)[0, 1])


def lag_frames(take: Take, channel: int = JAW) -> int:
    """Frames by which the predicted face comes late, by the highest cross-correlation."""
    return highest_lag([(take.predicted[:, channel], take.known[:, channel])])


def highest_lag(tracks: Sequence[tuple[Floats, Floats]]) -> int:
    """Frames by which the first of each two comes late, by the cross-correlation of all together.

    Args:
        tracks: (T,) predicted and known.
    """
    lags = range(-MAX_LAG_FRAMES, MAX_LAG_FRAMES + 1)
    found = np.zeros(len(lags))
    for predicted, known in tracks:
        a, b = (x - x.mean() for x in (predicted, known))
        count = len(a)
        found += [np.dot(a[max(k, 0) : count + min(k, 0)], b[max(-k, 0) : count + min(-k, 0)])
                  for k in lags]  # fmt: skip
    return int(lags[int(np.argmax(found))])


def jerk_ratio(takes: Sequence[Take], active: Bools) -> float:
    """Mean size of the third derivative of the predicted curves over that of the known ones."""
    sizes = [
        sum(
            float(np.abs(np.diff(curves[:, active], 3, axis=0)).sum()) * t.frame_rate_hz**3
            for t in takes
            for curves in (getattr(t, which),)
        )
        for which in ("predicted", "known")
    ]
    return sizes[0] / max(sizes[1], 1e-12)


def measure_takes(takes: Sequence[Take], active: Bools) -> dict[str, float]:
    """All measures against known curves; correlation is the mean, lag the largest of the takes."""
    lags = [lag_frames(take) for take in takes]
    return {
        "rmse": rmse(takes, active),
        "jaw_correlation": float(np.mean([correlation(take) for take in takes])),
        "lag_frames": max(lags, key=abs),
        "jerk_ratio": jerk_ratio(takes, active),
    }


def lip_opening(curves: Floats) -> Floats:
    """(T,) how far the lips are apart, from curves (T, C); below 0 they are pressed."""
    return np.asarray(curves @ OPENING_WEIGHTS)


@dataclass(frozen=True)
class Spoken:
    """Curves of a sound whose phones are known.

    Args:
        track: phones with times.
        times_s: (T,) of the curves.
        curves: (T, 52).
        opening: (T,) of the lips where it is known better than by ``lip_opening``.
    """

    track: PhoneTrack
    times_s: Floats
    curves: Floats
    opening: Floats | None = None


def bilabials(track: PhoneTrack) -> list[tuple[float, float]]:
    """Start and end of each /p b m/, seconds."""
    return [
        (float(start), float(end))
        for name, start, end in zip(track.names, track.starts_s, track.ends_s, strict=True)
        if visible_kind(name) == "bilabial"
    ]


def measure_spoken(spoken: Sequence[Spoken]) -> dict[str, Any]:
    """ROC AUCs: lips at /p b m/ against other phones, jaw at open against closed vowels.

    Per phone (the measure): the mean lip opening and the mean jaw; a least opening would take a
    neighbour's closure for the phone's own. Per frame: every frame within phones counts for itself.
    Silence counts nowhere.
    """
    phones = [row for one in spoken for row in _phone_rows(one)]
    frames = [row for one in spoken for row in _frame_rows(one)]
    by_phone, by_frame = _aucs(phones), _aucs(frames)
    return {
        "lips_auc": by_phone[0],
        "jaw_auc": by_phone[1],
        "lips_auc_frames": by_frame[0],
        "jaw_auc_frames": by_frame[1],
        "bilabials": sum(kind == "bilabial" for kind, _, _ in phones),
        "phones": len(phones),
    }


_Row = tuple[str, float, float]


def _phone_rows(spoken: Spoken) -> list[_Row]:
    """(kind, mean opening, mean jaw) of each phone that is no silence."""
    opening, jaw = _opening_and_jaw(spoken)
    rows = []
    for name, inside in _phones(spoken):
        rows.append((visible_kind(name), float(opening[inside].mean()), float(jaw[inside].mean())))
    return rows


def _frame_rows(spoken: Spoken) -> list[_Row]:
    opening, jaw = _opening_and_jaw(spoken)
    return [
        (visible_kind(name), float(opening[frame]), float(jaw[frame]))
        for name, inside in _phones(spoken)
        for frame in np.flatnonzero(inside)
    ]


def _opening_and_jaw(spoken: Spoken) -> tuple[Floats, Floats]:
    known = spoken.opening
    return lip_opening(spoken.curves) if known is None else known, spoken.curves[:, JAW]


def _phones(spoken: Spoken) -> list[tuple[str, Bools]]:
    """Name and frames of each phone that is no silence and holds at least one frame."""
    track = spoken.track
    found = []
    for name, start, end in zip(track.names, track.starts_s, track.ends_s, strict=True):
        inside = (spoken.times_s >= start) & (spoken.times_s < end)
        if name != "_" and inside.any():
            found.append((name, inside))
    return found


def _aucs(rows: Sequence[_Row]) -> tuple[float | None, float | None]:
    bilabial = np.array([kind == "bilabial" for kind, _, _ in rows])
    openings = np.array([opening for _, opening, _ in rows])
    vowels = [(kind == "open_vowel", jaw) for kind, _, jaw in rows if kind.endswith("vowel")]
    opened, jaws = np.array([v[0] for v in vowels]), np.array([v[1] for v in vowels])
    return auc(bilabial, -openings), auc(opened, jaws)


def auc(labels: Bools, scores: Floats) -> float | None:
    """None where one of both classes does not occur."""
    if len(labels) == 0 or labels.all() or not labels.any():
        return None
    return float(roc_auc_score(labels, scores))


def rounded(measures: Mapping[str, Any], digits: int = 4) -> dict[str, Any]:
    """Floats rounded for reading."""
    return {
        name: round(value, digits) if isinstance(value, float) else value
        for name, value in measures.items()
    }

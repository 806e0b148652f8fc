"""``train gesture --model planner``: when people stroke, learned from recordings of them.

The rule that ships weighs how strong, how loud and how high an accent is. Here these weights are
fitted: the chance of a stroke by logistic regression, its size by least squares, and by how much
the apex comes before the accent is counted. What comes out is ``planner.json`` in the run's folder.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from backend.gesture.measures.ranks import rank_correlation, ranks
from backend.gesture.readers.corpus import RATE_HZ, SpokenCorpus
from backend.gesture.readers.reading import read_spoken
from backend.recordings.splits import TRAIN, VAL
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.errors import InputError
from blender_addon.core.sound.prosody import Prosody

from .strokes import BOTH, LEFT, RIGHT, find_strokes
from .takes import Talker, read_talkers

RUN: Final = Path(__file__).resolve().parents[3] / ".build" / "gesture" / "planner"
FORMAT: Final = "Neural Motion stroke planner, version 1"
PLANNER: Final = "planner.json"
TERMS: Final = ("strength", "loudness", "pitch", "one")
_NEAR_S: Final = 0.1
_OCTAVE: Final = 12.0
_BEFORE_S, _AFTER_S = 0.3, 0.15
"""An apex so much before or after an accent belongs to it."""
_RIDGE: Final = 1.0
_ROUNDS: Final = 25
_FEWEST: Final = 20
_LARGEST_PERCENT: Final = 95

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Accents:
    """Accents of several takes, each with its stroke where it has one.

    Args:
        terms: (N, 4) ``TERMS``.
        stroked: (N,) whether a stroke belongs to it.
        sizes: (N,) 0 … 1, reach relative to the talker's largest; 0 without a stroke.
        leads_s: (N,) by how much the apex is earlier; NaN without a stroke.
    """

    terms: Floats
    stroked: Bools
    sizes: Floats
    leads_s: Floats


def train_planner(corpus: SpokenCorpus, folder: Path) -> dict[str, Any]:
    """Fit on the training takes, measure on those held out, write ``planner.json``.

    Raises:
        InputError: there are too few accents or strokes to learn from; nothing was written.
    """
    trained, held_out = (read_talkers(corpus.of(split)) for split in (TRAIN, VAL))
    accents, unseen = collect_accents(trained), collect_accents(held_out)
    _check(accents, corpus.name)
    chance = fit_chance(accents.terms, accents.stroked)
    strokes = accents.terms[accents.stroked]
    size = np.linalg.solve(
        strokes.T @ strokes + _RIDGE * np.eye(len(TERMS)),
        strokes.T @ accents.sizes[accents.stroked],
    )
    planner = {
        "format": FORMAT,
        "terms": list(TERMS),
        "chance": chance.tolist(),
        "size": size.tolist(),
        **_habits(trained, accents),
        "measures": _measure(unseen, chance, size),
        "data": {"name": corpus.source.name, "licence": corpus.source.licence},
    }
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{PLANNER}.partial"
    partial.write_text(json.dumps(planner, indent=1, allow_nan=False) + "\n", "utf-8")
    partial.replace(folder / PLANNER)
    _log.info("wrote %s: %s", folder / PLANNER, planner["measures"])
    return planner


def collect_accents(talkers: Sequence[Talker]) -> Accents:
    """All accents of several takes, each matched with the apex nearest to it."""
    parts = [_of_talker(talker) for talker in talkers]
    return Accents(*(np.concatenate([part[n] for part in parts]) for n in range(4)))


def _of_talker(talker: Talker) -> tuple[Floats, Bools, Floats, Floats]:
    accents = np.asarray(talker.prosody.accents_s, np.float64)
    strokes = find_strokes(talker.clip)
    terms = accent_terms(talker.prosody)
    sizes, leads = np.zeros(len(accents)), np.full(len(accents), np.nan)
    if strokes and len(accents):
        largest = np.percentile([stroke.reach_m for stroke in strokes], _LARGEST_PERCENT)
        for stroke in strokes:
            lead = accents - stroke.time_s
            fit = np.flatnonzero((lead <= _BEFORE_S) & (lead >= -_AFTER_S))
            if len(fit):
                n = int(fit[np.argmin(np.abs(lead[fit]))])
                leads[n] = lead[n]
                sizes[n] = max(sizes[n], min(stroke.reach_m / max(largest, 1e-3), 1.0))
    return terms, np.isfinite(leads), sizes, leads


def accent_terms(prosody: Prosody) -> Floats:
    """(N, 4) of each accent: strength, loudness and pitch (octaves) around it, and 1."""
    count = len(prosody.accents_s)
    frames = np.round(np.asarray(prosody.accents_s) * RATE_HZ).astype(np.int64)
    reach = round(_NEAR_S * RATE_HZ)
    near = np.clip(
        frames[:, None] + np.arange(-reach, reach + 1), 0, max(len(prosody.loudness) - 1, 0)
    )
    pitch = np.where(prosody.voiced, prosody.pitch, 0.0) / _OCTAVE
    columns = (
        prosody.accent_strengths,
        np.asarray(prosody.loudness)[near].max(axis=1) if count else np.zeros(0),
        pitch[near].max(axis=1) if count else np.zeros(0),
        np.ones(count),
    )
    return np.column_stack(columns).astype(np.float64)


def fit_chance(terms: Floats, stroked: Bools) -> Floats:
    """(4,) weights of a logistic regression with a ridge of 1, by Newton's steps."""
    weights = np.zeros(terms.shape[1])
    for _ in range(_ROUNDS):
        chance = chances(terms, weights)
        slope = terms.T @ (stroked - chance) - _RIDGE * weights
        bend = (terms * (chance * (1.0 - chance))[:, None]).T @ terms
        weights = weights + np.linalg.solve(bend + _RIDGE * np.eye(len(weights)), slope)
    return weights


def chances(terms: Floats, weights: Floats) -> Floats:
    """(N,) chance of a stroke."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(terms @ weights, -30.0, 30.0))))


def _check(accents: Accents, name: str) -> None:
    count, stroked = len(accents.stroked), int(accents.stroked.sum())
    if count < _FEWEST or stroked < _FEWEST // 2 or stroked == count:
        raise InputError(
            f"{name}: {count} accents, {stroked} of them with a stroke; expected {_FEWEST} accents "
            f"or more, {_FEWEST // 2} with a stroke and some without. Add takes to the folder"
        )


def _habits(talkers: Sequence[Talker], accents: Accents) -> dict[str, Any]:
    """Middle half of the leads, the shortest gaps, and shares of the hands."""
    leads = accents.leads_s[accents.stroked]
    gaps, hands = [], []
    for talker in talkers:
        strokes = find_strokes(talker.clip)
        gaps += np.diff([stroke.time_s for stroke in strokes]).tolist()
        hands += [stroke.hand for stroke in strokes]
    return {
        "lead_s": np.percentile(leads, (25, 75)).tolist(),
        "shortest_gap_s": float(np.percentile(gaps, 10)) if gaps else None,
        "hands": {side: hands.count(side) / max(len(hands), 1) for side in (LEFT, RIGHT, BOTH)},
        "accents_stroked": float(accents.stroked.mean()),
    }


def _measure(accents: Accents, chance: Floats, size: Floats) -> dict[str, float | None]:
    """On accents that were not learned from."""
    stroked = accents.stroked
    both = bool(stroked.any() and not stroked.all())
    return {
        "auc": area_under_curve(chances(accents.terms, chance), stroked) if both else None,
        "size_spearman": rank_correlation(accents.terms[stroked] @ size, accents.sizes[stroked])
        if int(stroked.sum()) > 2
        else None,
    }


def area_under_curve(scores: Floats, positive: Bools) -> float:
    """Chance that one of the positive scores higher than one of the others."""
    count = int(positive.sum())
    total = float(ranks(scores)[positive].sum()) - count * (count - 1) / 2
    return total / (count * (len(scores) - count))


@click.command(context_settings={"show_default": True})
@click.option("--data", default="beat:DIR", help="trinity:DIR, twh:DIR or beat:DIR.")
@click.option("--run", type=click.Path(path_type=Path), default=RUN, help="For planner.json.")
def command(data: str, run: Path) -> None:
    """Learn when people stroke from trinity:DIR, twh:DIR or beat:DIR."""
    train_planner(read_spoken(data), run)

"""From a Piper voice's signs to stretches in which a mouth holds a shape.

The network's frames say which sign it is working on, and its sound runs ahead of them. Stops are
set right by the sound: their closure is the quiet around the place where the frames have them.
Pauses are where it is quiet for longer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats

from .phone_segments import (
    PAUSE_S,
    Stretch,
    levels_db,
    share_stretch,
    stretches_to_track,
)
from .phones import ASPIRATION, CLASS_OF, SILENCE, STOPS, PhoneTrack
from .piper_voice import Said

AHEAD_S: Final = 0.012
"""By which the sound is ahead of the frames' signs, measured at sibilants, vowels and nasals."""
_FRAME_S: Final = 0.004
_QUIET_DB: Final = -42.0
"""Below the loudest frame: a pause."""
_AROUND_S: Final = (0.08, 0.025)
"""Before and after a stop's frames: where its closure may lie."""
_LEAST_CLOSURE_S: Final = 0.02
_LONGEST_CLOSURE_S: Final = 0.12
_LEAST_S: Final = 0.008
_HELD: Final = STOPS | {"m", SILENCE, ASPIRATION}
"""Stretches without a glide into the next phone."""
_STRESS: Final = {"ˈ": 2, "ˌ": 1}


@dataclass(frozen=True)
class _Piece:
    """A phone, or a gap (no sign) between words or around the sentence."""

    sign: str
    start_s: float
    end_s: float
    stress: int = 0


def said_to_track(said: Said) -> PhoneTrack:
    """Stretches of single signs that cover the sound, as ``phone_segments.spoken_to_track`` makes.

    Args:
        said: sound and signs of the voice.
    """
    duration = len(said.samples) / said.rate_hz
    levels = levels_db(said.samples, said.rate_hz, _FRAME_S)
    pieces = _shut_stops(_open_gaps(_pieces(said, duration), levels), levels)
    stretches: list[Stretch] = []
    for piece in pieces:
        if piece.end_s - piece.start_s <= 0.0:
            continue
        if piece.sign in _HELD:
            stretches.append(Stretch(piece.sign, piece.start_s, piece.end_s))
        else:
            stretches += share_stretch(piece.sign, piece.start_s, piece.end_s, piece.stress)
    return stretches_to_track(stretches, duration)


def _pieces(said: Said, duration_s: float) -> list[_Piece]:
    """Phones and gaps in the sound's time; marks go to the phone they belong to."""
    pieces: list[_Piece] = []
    stress, begun = 0, None
    for sign in said.signs:
        start, end = (
            float(np.clip(t - AHEAD_S, 0.0, duration_s)) for t in (sign.start_s, sign.end_s)
        )
        if sign.text in _STRESS:
            stress, begun = _STRESS[sign.text], start
        elif sign.text in CLASS_OF and sign.text != SILENCE:
            pieces.append(_Piece(sign.text, start if begun is None else begun, end, stress))
            stress, begun = 0, None
        elif pieces and (pieces[-1].sign == "") == _is_gap(sign.text):
            pieces[-1] = replace(pieces[-1], end_s=end)
        elif _is_gap(sign.text):
            pieces.append(_Piece("", start, end))
    pieces[0] = replace(pieces[0], start_s=0.0)
    pieces[-1] = replace(pieces[-1], end_s=duration_s)
    return pieces


def _is_gap(text: str) -> bool:
    """Spaces, punctuation, beginning and end; not a length mark or a diacritic."""
    return text in " ^$.,;:!?-'\"()"


def _open_gaps(pieces: list[_Piece], levels: Floats) -> list[_Piece]:
    """Gaps become pauses where they are quiet for long; their sounding ends go to the phones."""
    opened: list[_Piece] = []
    for n, piece in enumerate(pieces):
        if piece.sign:
            opened.append(replace(piece, start_s=opened[-1].end_s if opened else piece.start_s))
            continue
        first, last = n == 0, n + 1 == len(pieces)
        start, end = _quiet_run(levels, piece.start_s, piece.end_s)
        if end - start <= (0.0 if first or last else PAUSE_S):
            start = end = piece.start_s if first else piece.end_s if last else _middle(piece)
        start, end = (0.0 if first else start), (piece.end_s if last else end)
        if opened:
            opened[-1] = replace(opened[-1], end_s=start)
        if end > start:
            opened.append(_Piece(SILENCE, start, end))
    return opened


def _middle(piece: _Piece) -> float:
    return 0.5 * (piece.start_s + piece.end_s)


def _quiet_run(levels: Floats, start_s: float, end_s: float) -> tuple[float, float]:
    """The longest quiet stretch that touches an interval, within 50 ms around it."""
    first = max(0, round(start_s / _FRAME_S) - 12)
    last = min(len(levels), round(end_s / _FRAME_S) + 12)
    quiet = np.concatenate([[False], levels[first:last] < levels.max() + _QUIET_DB, [False]])
    edges = np.flatnonzero(np.diff(quiet.astype(int)))
    if not len(edges):
        return start_s, start_s
    begins, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - begins))
    return (first + int(begins[longest])) * _FRAME_S, (first + int(ends[longest])) * _FRAME_S


def _shut_stops(pieces: list[_Piece], levels: Floats) -> list[_Piece]:
    """Every stop gets its closure, and breath from its burst to the next phone."""
    shut: list[_Piece] = []
    for piece in pieces:
        if piece.sign not in STOPS:
            start = shut[-1].end_s if shut else 0.0
            shut.append(replace(piece, start_s=start, end_s=max(start, piece.end_s)))
            continue
        earliest = shut[-1].start_s + _LEAST_S if shut else 0.0
        closed, released = _closure(levels, piece, earliest)
        if shut:
            shut[-1] = replace(shut[-1], end_s=closed)
        shut.append(_Piece(piece.sign, closed, released))
        if piece.end_s > released:
            shut.append(_Piece(ASPIRATION, released, piece.end_s))
    return shut


def _closure(levels: Floats, piece: _Piece, earliest_s: float) -> tuple[float, float]:
    """Where, around a stop's frames, the sound is less than half as loud as beside it."""
    first = max(0, round(max(earliest_s, piece.start_s - _AROUND_S[0]) / _FRAME_S))
    last = max(first + 3, round((piece.end_s + _AROUND_S[1]) / _FRAME_S))
    around = levels[first:last]
    low = int(np.argmin(around[:-1])) if len(around) > 1 else 0
    beside = min(around[: low + 1].max(initial=-120.0), around[low:].max(initial=-120.0))
    loud = around > 0.5 * (around.min(initial=0.0) + beside)
    before, after = np.flatnonzero(loud[:low]), np.flatnonzero(loud[low:])
    closed = (first + (int(before[-1]) + 1 if len(before) else 0)) * _FRAME_S
    released = (first + low + (int(after[0]) if len(after) else 1)) * _FRAME_S
    closed = max(closed, earliest_s, released - _LONGEST_CLOSURE_S)
    return closed, max(released, closed + _LEAST_CLOSURE_S)

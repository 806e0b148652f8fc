"""Sensors that dropped out: tracks that hold one value to the bit, and then jump.

An animator's hold comes to rest and starts again gently, and a joint without a sensor never moves;
a drop-out stops within one frame and comes back with a jump, in the middle of a motion.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...feet.contacts import spans
from .tracks import ROOT, steps

_STILL_RAD: Final = np.deg2rad(0.02)
_STILL_M: Final = 1e-5
_SHORTEST_S: Final = 0.12
_SHORTEST_FRAMES: Final = 4
_MOVES_RAD_S: Final = np.deg2rad(12.0)
_MOVES_M_S: Final = 0.06
_JUMP_RAD: Final = np.deg2rad(2.5)
_JUMP_M: Final = 0.015
_JUMP_TIMES: Final = 2.5
_MOST_HELD: Final = 0.1


def find_frozen(tracks: Floats, known: Bools, frame_rate_hz: float) -> Bools:
    """Where a track holds the value of the last frame that was captured.

    Args:
        tracks: (T, 1 + J, 4).
        known: (T, 1 + J) what is known to be missing is not looked at.
        frame_rate_hz: frames per second.

    Returns:
        (T, 1 + J), the last captured frame of each hold not included.
    """
    frozen = np.zeros(known.shape, bool)
    if len(tracks) < _SHORTEST_FRAMES + 2:
        return frozen
    step = steps(tracks)
    limit = np.full(tracks.shape[1], _STILL_RAD)
    limit[ROOT] = _STILL_M
    still = (step < limit) & known[1:] & known[:-1]
    shortest = max(round(_SHORTEST_S * frame_rate_hz), _SHORTEST_FRAMES)
    for track in np.flatnonzero(still.any(axis=0)):
        runs = [run for run in spans(still[:, track]) if run[1] - run[0] >= shortest]
        dropped = [run for run in runs if _dropped(step[:, track], *run, track, frame_rate_hz)]
        # A joint that often holds still is one that is meant to.
        held = still[:, track].sum() - sum(stop - start for start, stop in dropped)
        if held <= _MOST_HELD * len(still):
            for start, stop in dropped:
                frozen[start + 1 : stop + 1, track] = True
    return frozen


def _dropped(step: Floats, start: int, stop: int, track: int, rate_hz: float) -> bool:
    """Whether steps ``start`` … ``stop`` of a track are a drop-out."""
    moves = (_MOVES_M_S if track == ROOT else _MOVES_RAD_S) / rate_hz
    least = _JUMP_M if track == ROOT else _JUMP_RAD
    around = np.concatenate((step[max(start - 3, 0) : start], step[stop + 1 : stop + 4]))
    if not len(around) or stop >= len(step) or start == 0:
        return False
    usual = float(np.median(around))
    jump = float(step[stop])
    return bool(usual > moves and jump > max(least, _JUMP_TIMES * usual))

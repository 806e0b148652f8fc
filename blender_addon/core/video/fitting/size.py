"""How large somebody in a film is, against the skeleton that is to follow."""

from __future__ import annotations

from typing import Final

import numpy as np

from .body import LEG_BONES, PAIRS, Body, Doubles, bone_lengths
from .evidence import Evidence

_SEEN: Final = 0.3
_FEW: Final = 5


def lifted_lengths(evidence: Evidence) -> Doubles:
    """(10,) median length of each bone of ``PAIRS`` as lifted, metres; NaN where never seen."""
    lengths, sure = bone_lengths(evidence.lifted), _sureness(evidence)
    medians = np.full(len(PAIRS), np.nan)
    for bone in range(len(PAIRS)):
        seen = sure[:, bone] > _SEEN
        if seen.sum() < _FEW:
            seen = sure[:, bone] > 0.0
        if seen.any():
            medians[bone] = np.median(lengths[seen, bone])
    return medians


def _sureness(evidence: Evidence) -> Doubles:
    """(T, 10) 0 … 1 how well both ends of each bone of ``PAIRS`` were seen."""
    starts, stops = np.array(PAIRS).T
    weights = evidence.lifted_weights
    return np.asarray(np.minimum(weights[:, starts], weights[:, stops]))


def size_of(body: Body, evidence: Evidence) -> float:
    """How many times as large the skeleton is as the person was lifted.

    By the legs, as retargeting has it, so that steps stay steps; by all other bones if no leg was
    seen: what is guessed of legs beyond the picture's edge is far too short.
    """
    lengths, own = lifted_lengths(evidence), body.lengths()
    legs = np.zeros(len(own), bool)
    legs[LEG_BONES] = True
    seen = (_sureness(evidence) > _SEEN).sum(axis=0) >= _FEW
    for chosen in (legs & seen, ~legs & seen, legs, ~legs):
        usable = chosen & np.isfinite(lengths) & (lengths > 1e-3)
        if usable.any():
            return float(own[usable].sum() / lengths[usable].sum())
    return 1.0

"""Long talk keeps to how much people look at their partner.

The network sees the last fixations and habitual places. Which of people's habits a character begins
with is chance, and over minutes most come to the one that holds the eyes best, the partner's face;
people do not. So what is drawn is *balanced*: a character who was on the partner's face longer of
late than is its own leaves it a little more readily, and the other way round.

Every character has a share of its own, around that of people in the role.

Source: proportional feedback of a leaky mean; Åström & Murray 2008, *Feedback systems*, chapter 10.
Times and strengths are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from .attraction import FACE_RAD
from .events import ROLES, decode_events

_MEMORY_S: Final = 45.0
"""So long, of fixations, goes what is of late."""
_GAIN: Final = 6.0
"""Log odds of the face for each unit of log odds that the share is too small."""
_MOST: Final = 2.5
_LEAST_SLOPE: Final = 0.1
"""Of share over log odds: near one, a single look away says little."""
_STYLE: Final = 0.5
"""Characters differ half as much as people do."""
_FARTHEST_STYLE: Final = 1.5


class PartnerBalance:
    """How long B characters were on the partner, against their own shares.

    Args:
        people: (roles, 2), as partner_shares reads it: share of the time that people spend on the
            partner's face, and the standard deviation of its log odds among them.
        rngs: one for each of B, for the character's own share alone; the first draw is taken.
    """

    def __init__(self, people: Floats, rngs: Sequence[np.random.Generator]) -> None:
        style = np.array([rng.standard_normal() for rng in rngs])
        style = _STYLE * np.clip(style, -_FARTHEST_STYLE, _FARTHEST_STYLE)
        odds = np.log(people[:, 0] / (1.0 - people[:, 0]))
        self.shares: Floats = 1.0 / (1.0 + np.exp(-odds - style[:, None] * people[:, 1]))
        """(B, roles), each character's own."""
        self._excess = np.zeros(len(rngs))

    def pulls(self, roles: Ints) -> Floats:
        """Log odds (B,) by which the partner's face becomes likelier, in roles (B,)."""
        share = self._shares(roles)
        slope = np.maximum(share * (1.0 - share), _LEAST_SLOPE)
        return np.asarray(np.clip(-_GAIN * self._excess / slope, -_MOST, _MOST))

    def append(self, events: Floats, roles: Ints, which: Bools | None = None) -> None:
        """Take in what was looked at.

        Args:
            events: (B, 4) encoded.
            roles: (B,) in which they were.
            which: (B,) characters that had an event; None: all.
        """
        directions, duration_s, _ = decode_events(events.astype(np.float64))
        on_face = np.linalg.norm(directions, axis=-1) <= FACE_RAD
        part = 1.0 - np.exp(-duration_s / _MEMORY_S)
        step = part * (on_face - self._shares(roles) - self._excess)
        self._excess += step if which is None else np.where(which, step, 0.0)

    def _shares(self, roles: Ints) -> Floats:
        return np.asarray(self.shares[np.arange(len(roles)), roles])


def partner_shares(by_role: Mapping[str, Sequence[float] | Floats]) -> Floats:
    """(roles, 2) as a contract names them: share and deviation of its log odds, by role."""
    return np.array([by_role[role] for role in ROLES], np.float64)

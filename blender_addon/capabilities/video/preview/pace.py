"""How often a preview is drawn while a tracker works: seldom where drawing takes long."""

from __future__ import annotations

from typing import Final

_REST: Final = 3.0
"""So many times as long as its drawing took, a preview rests."""


class Pace:
    """Leaves most of the time to the work that is shown, however slowly it is drawn."""

    def __init__(self) -> None:
        self._asked_s: float | None = None
        self._rests_until_s = 0.0

    def is_due(self, now_s: float) -> bool:
        """Whether to draw now; to be asked at each tick, as drawing is done before the next.

        Args:
            now_s: of a clock that never goes back.
        """
        if self._asked_s is not None:
            self._rests_until_s = now_s + _REST * (now_s - self._asked_s)
            self._asked_s = None
        return now_s >= self._rests_until_s

    def asked(self, now_s: float) -> None:
        """It was told to be drawn, at this time."""
        self._asked_s = now_s

"""When a walk is to be generated again: decided from what is seen and from the time, nothing else.

Knows nothing of Blender: a test steps it with a clock of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

REST_S: Final = 0.12
"""How long nothing may change before a run begins, where nothing says that the mouse was let go."""

UP_TO_DATE: Final = "Up to date"
UPDATING: Final = "Updating …"
UNDONE: Final = "Undone: follows the next change"
MOVING: Final = "Waits until the mouse rests"


class Do(Enum):
    """What is to be done now."""

    NOTHING = "NOTHING"
    START = "START"
    CANCEL = "CANCEL"
    WRITE = "WRITE"


@dataclass(frozen=True)
class Seen:
    """What a look at the scene gave.

    Args:
        key: changes with anything that the walk depends on.
        made_from: the key of the walk that is there; None without one that can be followed.
        waits: why nothing can be written now, in the user's words; empty if nothing hinders it.
        moving: something is being dragged.
        finished: the run has ended.
        own_undo: undo takes back only what is edited, as in a curve's Edit Mode: no step of ours
            is among its steps, and following it costs none of them.
    """

    key: str
    made_from: str | None
    waits: str = ""
    moving: bool = False
    finished: bool = False
    own_undo: bool = False


class AutoUpdate:
    """Follows one character's walk."""

    def __init__(self) -> None:
        self.state = ""
        self.is_waiting = False
        self._key: str | None = None
        self._changed_s = 0.0
        self._was_moving = False
        self._running: Seen | None = None
        self._held: str | None = None
        self._stopped: tuple[str | None, str | None, str] | None = None
        self._was_undone = False

    @property
    def is_running(self) -> bool:
        """Whether a run is under way or waits to be written."""
        return self._running is not None

    def undone(self) -> None:
        """Something was undone or redone: what is seen next is what the user asked for."""
        self._was_undone = True

    def stop(self, reason: str) -> None:
        """A run could not be begun or written; not tried again before something changes."""
        running, self._running = self._running, None
        made_from = running.made_from if running is not None else None
        self._stopped = (self._key, made_from, reason)
        self._say(reason, waiting=True)

    def written(self) -> None:
        """What ran has been written."""
        self._running = None
        self._say(UP_TO_DATE)

    def look(self, now_s: float, seen: Seen) -> Do:
        """What is to be done.

        Args:
            now_s: any clock that does not go back.
            seen: just now.
        """
        self._note_changes(now_s, seen)
        if self._running is not None:
            return self._go_on(seen)
        return self._begin(now_s, seen)

    def _note_changes(self, now_s: float, seen: Seen) -> None:
        if self._was_undone:
            self._was_undone, self._stopped = False, None
            self._held = None if seen.own_undo else seen.key
        if seen.key != self._key:
            self._key, self._changed_s = seen.key, now_s
        if self._held not in (None, seen.key):
            self._held = None
        if self._stopped is not None and self._stopped[:2] != (seen.key, seen.made_from):
            self._stopped = None

    def _go_on(self, seen: Seen) -> Do:
        running = self._running
        outdated = running is None or (seen.key, seen.made_from) != (running.key, running.made_from)
        if outdated or seen.waits or self._held is not None:
            self._running = None
            return Do.CANCEL
        return Do.WRITE if seen.finished and not seen.moving else Do.NOTHING

    def _begin(self, now_s: float, seen: Seen) -> Do:
        let_go = self._was_moving and not seen.moving
        self._was_moving = seen.moving
        if seen.key == seen.made_from and self._stopped is None:
            self._say(UP_TO_DATE)
        elif self._stopped is not None:
            self._say(self._stopped[2], waiting=True)
        elif seen.made_from is None or seen.waits:
            self._say(seen.waits, waiting=True)
        elif self._held is not None:
            self._say(UNDONE, waiting=True)
        elif seen.moving:
            self._say(MOVING)
        elif let_go or now_s - self._changed_s >= REST_S:
            self._running = seen
            self._say(UPDATING)
            return Do.START
        else:
            self._say(MOVING)
        return Do.NOTHING

    def _say(self, state: str, *, waiting: bool = False) -> None:
        self.state, self.is_waiting = state, waiting

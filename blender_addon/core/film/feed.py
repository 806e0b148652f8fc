"""Hands the pictures of a film from Blender's own thread to the thread that looks at them.

Blender decodes on its own thread alone. What looks at the pictures asks for them on another; each
time that Blender's thread has a moment, it decodes a few ahead. Neither can wait for the other for
ever: who closes the feed wakes both.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Final

from ..errors import Cancelled
from .facts import FilmFacts, FilmReader, Picture

_MOST_AHEAD: Final = 48
_FEW: Final = 8
"""Pictures that wait; with fewer it is worth while to go on decoding."""
_PATIENT: Final = 4
_MOST_BYTES: Final = 96 << 20
"""Of pictures that wait to be looked at."""


class FilmFeed:
    """A reader of films for a job: at once on the thread that made it, else as it is served.

    Args:
        reader: only used on the thread that makes this.
    """

    def __init__(self, reader: FilmReader) -> None:
        self.facts: FilmFacts = reader.facts
        self._reader = reader
        self._home = threading.get_ident()
        self._changed = threading.Condition()
        self._asked: tuple[int, int] | None = None
        self._turn = 0
        """Counts what was asked for: pictures of an earlier one are for nobody."""
        self._waiting: deque[Picture | None] = deque()
        self._bytes = 0
        self._ended = self._closed = False
        self._error: BaseException | None = None
        self._source: Iterator[Picture | None] | None = None
        self._served = 0

    def pictures(self, first: int, last: int) -> Iterator[Picture | None]:
        """As of a FilmReader; on another thread than its own they come as they are served.

        Raises:
            FilmError: they cannot be read.
            Cancelled: the feed was closed.
        """
        if threading.get_ident() == self._home:
            yield from self._reader.pictures(first, last)
            return
        turn = self._ask(first, last)
        while True:
            with self._changed:
                while not (self._waiting or self._ended or self._closed or turn != self._turn):
                    self._changed.wait()
                if self._closed or turn != self._turn:
                    raise Cancelled("cancelled; nothing was changed")
                if not self._waiting:
                    if self._error is not None:
                        raise self._error
                    return
                picture = self._waiting.popleft()
                self._bytes -= 0 if picture is None else picture.nbytes
            yield picture

    def serve(self, budget_s: float) -> None:
        """Decode some pictures ahead, on Blender's own thread; returns at once if none are wanted.

        Args:
            budget_s: no further picture is begun after so long, or a few times as long while hardly
                any waits: whoever draws slowly comes seldom.
        """
        began_s = time.monotonic()
        while self._wanted():
            try:
                picture = next(self._source_now())
            except StopIteration:
                self._end(None)
            except Exception as error:  # noqa: BLE001 - raised again on the thread that asked
                self._end(error)
            else:
                self._hand_on(picture)
            patience_s = budget_s if len(self._waiting) >= _FEW else _PATIENT * budget_s
            if time.monotonic() - began_s > patience_s:
                return

    def close(self) -> None:
        """On Blender's own thread: whoever waits for pictures is woken, and gets none."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._bytes = 0
            self._changed.notify_all()
        self._drop_source()

    def _ask(self, first: int, last: int) -> int:
        with self._changed:
            self._turn += 1
            self._asked = first, last
            self._waiting.clear()
            self._bytes, self._ended, self._error = 0, False, None
            return self._turn

    def _wanted(self) -> bool:
        with self._changed:
            room = len(self._waiting) < _MOST_AHEAD and self._bytes < _MOST_BYTES
            return self._asked is not None and room and not (self._ended or self._closed)

    def _source_now(self) -> Iterator[Picture | None]:
        """Pictures of what was asked for last."""
        with self._changed:
            turn, asked = self._turn, self._asked
        if self._source is None or self._served != turn:
            self._drop_source()
            first, last = asked or (0, 0)
            self._source, self._served = iter(self._reader.pictures(first, last)), turn
        return self._source

    def _hand_on(self, picture: Picture | None) -> None:
        with self._changed:
            if self._served == self._turn:  # nothing else was asked for meanwhile
                self._waiting.append(picture)
                self._bytes += 0 if picture is None else picture.nbytes
                self._changed.notify_all()

    def _end(self, error: BaseException | None) -> None:
        self._drop_source()
        with self._changed:
            if self._served == self._turn:
                self._ended, self._error = True, error
                self._changed.notify_all()

    def _drop_source(self) -> None:
        source, self._source = self._source, None
        close = getattr(source, "close", None)
        if close is not None:
            close()

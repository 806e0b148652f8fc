"""What was found out about sounds, kept for the session within a limit of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, TypeVar, cast

from .waveform import Sound

Value = TypeVar("Value")
MAX_BYTES: Final = 128 * 2**20


def identity_of(sound: Sound) -> Hashable | None:
    """What tells a sound from all others, gain and channels included; None where nothing does.

    Args:
        sound: one that says its ``identity`` is known again when it is opened anew.
    """
    return cast("Hashable | None", getattr(sound, "identity", None))


class BoundedCache:
    """Values by key; what was not asked for the longest goes first. For any number of threads.

    Args:
        max_bytes: of all values together.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """Of all values together."""
        with self._lock:
            return sum(size for _, size in self._entries.values())

    def find(self, key: Hashable) -> object | None:
        """The value kept under a key, or None."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def keep(self, key: Hashable, value: object, size: int) -> None:
        """Keep a value of so many bytes; one larger than the limit is let go, and no other."""
        with self._lock:
            self._entries.pop(key, None)
            if size > self._max_bytes:
                return
            self._entries[key] = (value, size)
            total = sum(each for _, each in self._entries.values())
            while total > self._max_bytes:
                total -= self._entries.popitem(last=False)[1][1]

    def once(
        self, key: Hashable | None, make: Callable[[], Value], size_of: Callable[[Value], int]
    ) -> Value:
        """The value kept under a key, else a new one.

        Two threads that ask at the same time may both make it; no one waits for another's work,
        which may be cancelled.

        Args:
            key: None for what is never kept.
            make: makes it.
            size_of: its bytes.
        """
        if key is None:
            return make()
        found = self.find(key)
        if found is None:
            value = make()
            self.keep(key, value, size_of(value))
            return value
        return cast("Value", found)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

"""How one motion goes over into another, as the animator sets it."""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import Unit, setting


@dataclass(frozen=True, eq=False, kw_only=True)
class ConnectSettings:
    """How one motion goes over into another.

    Args:
        length_s: of the transition; 0 proposes it.
        search_s: so much of the end of the first and of the beginning of the second may be left
            out for a better transition.
        exit_s: when the first is left, from its beginning; negative looks for it.
        entry_s: when the second is entered, from its beginning; negative looks for it.
        move: whether the second is moved and turned to go on where the first ends.
        lock_feet: whether carrying feet are held through the transition.
    """

    length_s: float = setting(
        0.0, "Length", "Of the transition; 0 chooses it by how far the two differ",
        unit=Unit.SECONDS, minimum=0.0, maximum=10.0, soft_maximum=3.0, step=0.1, precision=2,
    )  # fmt: skip
    search_s: float = setting(
        1.0, "Search",
        "So much of the first's end and of the second's beginning may be left out for a better "
        "transition",
        unit=Unit.SECONDS, minimum=0.0, maximum=60.0, soft_maximum=5.0, step=0.1, precision=2,
    )  # fmt: skip
    exit_s: float = setting(
        -1.0, "Exit", "When the first is left, counted from its beginning; below 0 looks for it",
        unit=Unit.SECONDS, minimum=-1.0, maximum=36000.0, soft_maximum=60.0, step=0.1, precision=2,
    )  # fmt: skip
    entry_s: float = setting(
        -1.0, "Entry", "When the second is entered, counted from its beginning; below 0 looks "
        "for it",
        unit=Unit.SECONDS, minimum=-1.0, maximum=36000.0, soft_maximum=60.0, step=0.1, precision=2,
    )  # fmt: skip
    move: bool = setting(
        True,
        "Move the Second",
        "The second goes on where the first ends; off, it stays",
    )
    lock_feet: bool = setting(
        True, "Lock Feet", "Feet that carry stay where they are through the transition"
    )

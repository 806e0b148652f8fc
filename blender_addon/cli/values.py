"""Options made of several parts, such as NAME:WEIGHT, read with words on what was expected."""

from __future__ import annotations

import argparse
import math

from ..blender.keys.keyframes import MAX_FRAME


def pair_of_numbers(text: str) -> tuple[float, float]:
    """Two numbers, as in "3:2.5"."""
    parts = text.split(":")
    numbers = [finite(part) for part in parts]
    if len(numbers) != 2 or None in numbers:
        raise _unfit("two numbers, such as 3:2.5", text)
    return numbers[0], numbers[1]  # type: ignore[return-value]  # None was refused


def named_weight(text: str) -> tuple[str, float]:
    """A name and its weight, as in "smile:0.5"; the name may hold colons itself."""
    name, _, weight = text.rpartition(":")
    number = finite(weight)
    if not name or number is None:
        raise _unfit("NAME:WEIGHT, such as smile:0.5", text)
    return name, number


def frame_range(text: str) -> tuple[int, int]:
    """First and last frame, as in "1:250"."""
    frames = [_whole(part) for part in text.split(":")]
    if len(frames) != 2 or None in frames:
        raise _unfit("first and last frame, such as 1:250", text)
    return frames[0], frames[1]  # type: ignore[return-value]  # None was refused


def frame(text: str) -> int:
    """A frame that Blender can count to."""
    number = _whole(text)
    if number is None:
        raise _unfit(f"a frame from {-MAX_FRAME} to {MAX_FRAME}", text)
    return number


def _whole(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) <= MAX_FRAME else None


def finite(text: str) -> float | None:
    """A finite number, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _unfit(expected: str, found: str) -> argparse.ArgumentTypeError:
    shown = found if len(found) <= 60 else found[:57] + "..."
    return argparse.ArgumentTypeError(f"expected {expected}; found '{shown}'")

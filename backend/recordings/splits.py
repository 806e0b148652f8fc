"""Which recordings are trained on, chosen by, and tested with."""

from __future__ import annotations

from typing import Final

TRAIN, VAL, TEST = "train", "val", "test"
SPLITS: Final = (TRAIN, VAL, TEST)


def split_in_order(count: int) -> list[str]:
    """Splits of recordings where nobody else made any: of ten, one val and one test."""
    if count < 3:
        return [TRAIN] * count
    tenth = {4: VAL, 9: TEST}
    splits = [tenth.get(place % 10, TRAIN) for place in range(count)]
    if count < 10:
        splits[-2:] = [VAL, TEST]
    return splits

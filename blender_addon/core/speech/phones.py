"""The phones of a sound whose lips the eye misses: found by their evidence, or told by the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..errors import SettingsError

LIP_KINDS: Final = ("bilabial", "labiodental", "rounded_glide")
"""Kinds that the correction of the lips acts on: /p b m/, /f v/, /w/."""


@dataclass(frozen=True)
class HeardPhone:
    """One phone, as heard or as corrected.

    Args:
        kind: one of ``LIP_KINDS``.
        start_s, end_s: in the sound, seconds.
        closure: how far its position is reached, 0 not at all … 1 fully.

    Raises:
        SettingsError: an unknown kind, an end before the start, or a closure out of range.
    """

    kind: str
    start_s: float
    end_s: float
    closure: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in LIP_KINDS:
            raise SettingsError(
                f"no phone of kind '{self.kind}' can be told; {', '.join(LIP_KINDS)} can"
            )
        if not (-1e6 <= self.start_s <= self.end_s <= 1e6 and 0.0 <= self.closure <= 1.0):
            raise SettingsError(
                f"a phone must begin before it ends and close by 0 to 1; found {self.start_s:g} to "
                f"{self.end_s:g} s, closing by {self.closure:g}"
            )

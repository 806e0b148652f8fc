"""What a network said of a sound, before the mouth is brought to the phones of a list.

It is the costly part of a speech. Kept, a list of phones that was corrected becomes a face in a few
milliseconds, and the same face that speaking anew would give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..face.arkit import ARKIT_52
from ..face.clip import FaceClip
from .lip_closure import close_lips, round_lips, shape_lips
from .mouth_shapes import bring_shapes
from .phone_list import ToldPhones
from .phones import LIP_KINDS, HeardPhone
from .segments import give_way

_ALL_BYTES_PER_PHONE: Final = 200


@dataclass(frozen=True, eq=False)
class SpokenFace:
    """A face that speaks, up to the positions of lips and whatever was corrected by hand.

    Args:
        clip: T frames as the network has them, with strength, smoothing and rest.
        start_s: where in the sound the first frame is.
        strength: (T,) of the mouth.
        overlay: by channel, what is laid over the mouth, (T,).
        head_offset_rad: (T, 2) nods.
        found: every mouth shape, as heard or as seen in the curves.
        hears: whether phones were heard; else the curves' own hints shut the lips.
        rounded: (T,) chance that a rounded vowel is heard; None where nothing hears them.
        shuts: whether lips are brought to where phones need them.
        arkit: the channels are ARKit's.
        warnings: what the user should know about the sound.
    """

    clip: FaceClip
    start_s: float
    strength: Floats
    overlay: Mapping[str, Floats]
    head_offset_rad: Floats
    found: tuple[HeardPhone, ...]
    hears: bool
    rounded: Floats | None
    shuts: bool
    arkit: bool
    warnings: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """How much memory it takes, nearly."""
        arrays = (self.clip.weights, self.strength, self.head_offset_rad, *self.overlay.values())
        return sum(each.nbytes for each in arrays) + _ALL_BYTES_PER_PHONE * len(self.found)

    def among(self, told: ToldPhones | None) -> tuple[HeardPhone, ...]:
        """The phones of a list, and of those found the ones that it does not tell of."""
        return self.found if told is None else told.among(self.found)

    def finish(self, told: ToldPhones | None) -> FaceClip:
        """The face with the mouth where phones need it.

        Args:
            told: as corrected by hand; None for as heard.

        Returns:
            T frames; where nothing was told, as it is without a list.
        """
        phones = give_way(self.among(told))
        clip = FaceClip(self.clip.channels, self.clip.frame_rate_hz, self.clip.weights.copy())
        by_hand = np.zeros(clip.frame_count, np.float32)
        if self.arkit and any(phone.told for phone in phones):
            by_hand = bring_shapes(clip, phones, self.start_s, self.strength)
        clip = _within_range(_lay_over(clip, self.overlay))
        if self.shuts and self.rounded is not None and self.arkit:
            round_lips(clip, self.rounded, 1.0 - by_hand)
        lips = [phone for phone in phones if phone.used and phone.kind in LIP_KINDS]
        if self.shuts and not (self.hears or _listed_before(told)):
            clip, lips = close_lips(clip, 1.0 - by_hand), [each for each in lips if each.told]
        if not self.shuts:
            lips = [each for each in lips if each.told]
        return shape_lips(clip, lips, self.start_s) if lips or self.hears else clip


def _listed_before(told: ToldPhones | None) -> bool:
    """Whether a list is one of lips alone, all of which count though no hand marked them."""
    return told is not None and bool(told.phones) and not any(each.told for each in told.phones)


def _within_range(clip: FaceClip) -> FaceClip:
    """ARKit's weights brought to 0 … 1, in place."""
    for column, name in zip(clip.weights.T, clip.channels, strict=True):
        if name in ARKIT_52:
            np.clip(column, 0.0, 1.0, out=column)
    return clip


def _lay_over(clip: FaceClip, overlay: Mapping[str, Floats]) -> FaceClip:
    """Add curves; channels the clip does not have are appended."""
    if not overlay:
        return clip
    new = tuple(name for name in overlay if name not in clip.channels)
    weights = np.zeros((clip.frame_count, len(clip.channels) + len(new)), np.float32)
    weights[:, : len(clip.channels)] = clip.weights
    names = clip.channels + new
    for name, curve in overlay.items():
        weights[:, names.index(name)] += curve
    return FaceClip(names, clip.frame_rate_hz, weights)

"""An animal in a mirror: each number of the network's vectors is another one, or its negative."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from blender_addon.core.quadruped import mirrored


@dataclass(frozen=True, eq=False)
class Mirror:
    """How a vector looks from the other side.

    Args:
        order: (F,) which number comes there.
        sign: (F,) 1 or −1.
    """

    order: Tensor
    sign: Tensor

    def __call__(self, vectors: Tensor) -> Tensor:
        """(…, F) vectors seen in the mirror; twice is as it was."""
        return vectors[..., self.order] * self.sign


def _mirror_of(mirror: mirrored.Mirror) -> Mirror:
    return Mirror(torch.from_numpy(mirror.order), torch.from_numpy(mirror.sign))


INPUT_MIRROR = _mirror_of(mirrored.INPUT_MIRROR)
OUTPUT_MIRROR = _mirror_of(mirrored.OUTPUT_MIRROR)

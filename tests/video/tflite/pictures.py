"""What networks are compared on: noise, waves, and two pictures of a walking figure of ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).with_name("litert.npz")
"""``pictures``, (2, 128, 128, 3) of 8 bits, and what LiteRT makes of all pictures."""
SIZES = {"person_detector": 224, "body_landmarks_full": 256, "body_landmarks_lite": 256}
KEPT = {"heatmap": np.s_[:, ::9, ::9], "boxes": np.s_[:, ::16], "scores": np.s_[:, ::4]}
"""Of the large outputs a part is kept."""


def pictures(model: str, walking: np.ndarray) -> np.ndarray:
    """(7, size, size, 3) as the network takes them.

    Args:
        model: name of the network.
        walking: (2, 128, 128, 3) of 8 bits.
    """
    size = SIZES[model]
    draw = np.random.default_rng(1)
    noise = draw.random((3, size, size, 3), dtype=np.float32)
    y, x = np.mgrid[:size, :size] / size
    waves = [
        np.stack([0.5 + 0.5 * np.sin(6 * y + k), 0.5 + 0.5 * np.cos(9 * x * y + k), 0.5 * (x + y)])
        for k in range(2)
    ]
    edge = (256 - size) // 4
    inside = walking[:, edge : 128 - edge, edge : 128 - edge] / 255.0
    large = inside.repeat(2, axis=1).repeat(2, axis=2)
    every = np.concatenate([noise, np.moveaxis(np.stack(waves), 1, -1), large]).astype(np.float32)
    return 2.0 * every - 1.0 if model == "person_detector" else every

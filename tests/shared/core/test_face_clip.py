"""A face clip holds what it promises, or says what is wrong with it."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.errors import FaceError
from blender_addon.core.face.clip import FaceClip

NAMES = ("jawOpen", "mouthClose")


def test_a_clip_knows_its_length_and_channels():
    clip = FaceClip(NAMES, 24.0, np.arange(10.0).reshape(5, 2))
    assert clip.weights.dtype == np.float32
    assert (clip.frame_count, clip.duration_s) == (5, 4 / 24)
    assert clip.channel("mouthClose").tolist() == [1, 3, 5, 7, 9]
    assert clip.channel("tongueOut").tolist() == [0] * 5


@pytest.mark.parametrize(
    ("channels", "rate", "weights", "message"),
    [
        (NAMES, 0.0, np.zeros((5, 2)), "frame rate"),
        (NAMES, np.inf, np.zeros((5, 2)), "frame rate"),
        (("a", "b", "a"), 24.0, np.zeros((5, 3)), "a several times"),
        (NAMES, 24.0, np.zeros((5, 3)), r"\(T, 2\)"),
        (NAMES, 24.0, np.zeros(5), r"\(T, 2\)"),
        (NAMES, 24.0, np.zeros((0, 2)), "at least one frame"),
        (NAMES, 24.0, np.full((5, 2), np.nan), "finite"),
    ],
)
def test_what_is_no_clip_is_refused(channels, rate, weights, message):
    with pytest.raises(FaceError, match=message):
        FaceClip(channels, rate, weights)

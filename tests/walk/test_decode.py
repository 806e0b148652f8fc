"""Poses decoded in blocks while a crowd walks are those decoded of each walk as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.walk import decode
from blender_addon.core.walk.features import OUTPUT_LAYOUT

LENGTHS = (300, 260, 132, 131, 130, 129, 128, 5, 3, 2, 1)
"""About the borders of a block, and shorter than what a frame is smoothed over."""


def recorded(lengths: tuple[int, ...], seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """Made-up outputs (B, T, O), tracks (B, T, 3) and ground (B, T) of turns near rest."""
    random = np.random.default_rng(seed)
    outputs = random.normal(0.0, 0.05, (len(lengths), max(lengths), OUTPUT_LAYOUT.size))
    six = OUTPUT_LAYOUT.slices["joint_rotations_six"]
    outputs[..., six] += np.tile([1.0, 0, 0, 0, 1, 0], (six.stop - six.start) // 6)
    track = np.cumsum(random.normal(0.0, 0.01, (*outputs.shape[:2], 3)), axis=1)
    return outputs.astype(np.float32), track, random.normal(0.0, 0.1, outputs.shape[:2])


def decoded(
    lengths: tuple[int, ...], outputs: Floats, track: Floats, ground: Floats
) -> list[MotionClip]:
    recorder = decode.PoseRecorder(lengths, track, ground)
    for frame in range(max(lengths)):
        recorder.add(frame, outputs[:, frame])
    return recorder.clips(FlatTerrain(), range(len(lengths)), foot_lock=True)


def assert_same(one: MotionClip, other: MotionClip) -> None:
    np.testing.assert_array_equal(one.contacts, other.contacts)
    np.testing.assert_allclose(one.root_positions, other.root_positions, atol=1e-6)
    np.testing.assert_allclose(one.rotations_wxyz, other.rotations_wxyz, atol=1e-6)


def test_a_crowd_of_many_lengths_is_each_alone() -> None:
    outputs, track, ground = recorded(LENGTHS)
    for number, clip in enumerate(decoded(LENGTHS, outputs, track, ground)):
        frames = LENGTHS[number]
        assert clip.frame_count == frames
        rows = (array[number, :frames] for array in (outputs, track, ground))
        assert_same(clip, decode.decode_clip(*rows, FlatTerrain()))


def test_blocks_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs, track, ground = recorded((300,))
    (blocks,) = decoded((300,), outputs, track, ground)
    monkeypatch.setattr(decode, "_BLOCK_FRAMES", 1000)
    (whole,) = decoded((300,), outputs, track, ground)
    assert_same(blocks, whole)


def test_feet_of_a_crowd_are_locked_some_at_a_time() -> None:
    assert list(decode.batches([3, 4, 2, 9, 1], 9)) == [[0, 1, 2], [3], [4]]
    assert list(decode.batches([])) == []

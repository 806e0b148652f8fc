"""The shipped model is what its contract and card say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.inference.session import ModelSession
from blender_addon.core.quadruped.body import (
    BODY_NUMBERS,
    MODEL_HIP_HEIGHT_M,
    QuadrupedBody,
    check_tree,
)
from blender_addon.core.quadruped.features import (
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    WINDOW_OFFSETS_FRAMES,
    RootPose,
    TrajectoryWindow,
    moved_root,
    pack,
    standing_pose,
    unpack,
)
from blender_addon.core.quadruped.gaits import ACTIONS

MODEL = Path(__file__).resolve().parents[3] / "onnx_models" / "quadruped_controller.onnx"
SAMPLES = len(WINDOW_OFFSETS_FRAMES)
SPEED_M_S = 0.85


@pytest.fixture(scope="module")
def session() -> ModelSession:
    return ModelSession(MODEL, ["CPUExecutionProvider"], threads=1)


def test_it_is_small_and_says_that_nobody_was_recorded(session: ModelSession) -> None:
    assert MODEL.stat().st_size <= 8_000_000
    card = MODEL.with_suffix(".md").read_text(encoding="utf-8")
    assert "synthesised, never captured" in card
    assert session.contract.setting("motion") == "synthesised, never captured"
    assert all(source.licence == "CC0 1.0" for source in session.contract.data)


def test_it_speaks_the_language_of_the_code(session: ModelSession) -> None:
    contract = session.contract
    contract.require_task("quadruped")
    contract.require_layout(contract.input("features"), INPUT_LAYOUT)
    contract.require_layout(contract.output("prediction"), OUTPUT_LAYOUT)
    assert contract.skeleton is not None and check_tree(contract.skeleton)
    assert tuple(contract.setting("actions")) == ACTIONS
    assert tuple(contract.setting("body_numbers")) == BODY_NUMBERS
    assert contract.setting("hip_height_m") == MODEL_HIP_HEIGHT_M


def test_left_to_itself_it_walks_and_then_stands(session: ModelSession) -> None:
    """Straight on at a walk: feet step in turn, the trunk keeps its height and its speed."""
    assert session.contract.skeleton is not None
    body = QuadrupedBody(session.contract.skeleton)
    root, pose = np.zeros((1, 3)), standing_pose(body)
    pose = RootPose(pose.positions_m[None], pose.velocities_m_s[None])
    track, contacts, heights = [root], [], []
    for frame in range(300):
        seen = unpack(step(session, body, np.concatenate(track), pose, walks=frame < 180))
        track.append(moved_root(track[-1], seen.root_velocity))
        pose = RootPose(seen.pose.positions_m.copy(), seen.pose.velocities_m_s.copy())
        contacts.append(seen.contacts[0] > 0.5)
        heights.append(seen.pose.positions_m[0, 0, 1])
    way = np.concatenate(track)
    landings = np.diff(np.array(contacts).astype(int), axis=0) > 0
    assert np.all(landings[60:180].sum(axis=0) >= 1)
    assert np.all(np.array(contacts)[-30:])
    assert 0.4 < min(heights) and max(heights) < 0.7
    assert way[180, 1] == pytest.approx(SPEED_M_S * 3.0, rel=0.35)
    assert np.abs(way[-1] - way[-30]).max() < 0.05


def step(
    session: ModelSession,
    body: QuadrupedBody,
    track: np.ndarray,
    pose: RootPose,
    walks: bool,
) -> np.ndarray:
    """The network's output where the past is the own one and the future is straight on."""
    offsets, speed = WINDOW_OFFSETS_FRAMES, SPEED_M_S * walks
    root = track[-1:]
    past = track[np.maximum(len(track) - 1 + offsets[offsets <= 0], 0)]
    ahead = root[:, :2] + np.array([[0.0, speed / 60.0]]) * offsets[offsets > 0, None]
    actions = np.zeros((1, SAMPLES, len(ACTIONS)))
    actions[..., ACTIONS.index("walk" if walks else "stand")] = 1.0
    window = TrajectoryWindow(
        np.concatenate((past[:, :2], ahead))[None],
        np.concatenate((past[:, 2], np.zeros(len(ahead))))[None],
        np.zeros((1, SAMPLES)),
        np.full((1, SAMPLES), speed),
        actions,
    )
    features = pack(window, root, np.zeros(1), pose, body.vector[None])
    return np.asarray(session.run({"features": features})["prediction"])

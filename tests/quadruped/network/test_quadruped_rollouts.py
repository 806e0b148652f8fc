"""In a roll-out the network lives on its own pose and track, as it does in a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from backend.quadruped.sequence import Sequence
from blender_addon.core.conventions import Floats
from blender_addon.core.quadruped.features import (
    ERROR_LEFT,
    FUTURE_OFFSETS_FRAMES,
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    PAST_SAMPLES,
    WINDOW_OFFSETS_FRAMES,
    RootPose,
    TrajectoryWindow,
    desired_future,
    moved_root,
    pack,
    unpack,
)
from blender_addon.core.quadruped.gaits import ACTIONS
from tests.quadruped.network.trotting import make_body, make_sequence

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.quadruped.learning.frames import Frames  # noqa: E402
from backend.quadruped.learning.loop import normalisation_of  # noqa: E402
from backend.quadruped.learning.mirrored import (  # noqa: E402
    INPUT_MIRROR,
    OUTPUT_MIRROR,
    Mirror,
)
from backend.quadruped.learning.network import ModeAdaptiveNetwork, Shape  # noqa: E402
from backend.quadruped.learning.normalisation import measure_normalisation  # noqa: E402
from backend.quadruped.learning.rollouts import losses_of, roll_out  # noqa: E402
from backend.quadruped.learning.sides import look_sides, start_sides  # noqa: E402
from backend.quadruped.learning.windows import Batch, Windows  # noqa: E402

pytestmark = pytest.mark.torch

UNMIRRORED = torch.zeros(1, dtype=torch.bool)


def make_windows(**changed: str) -> tuple[Windows, Frames]:
    sequences = [make_sequence(seed, **changed) for seed in range(3)]
    frames = Frames.of(sequences)
    return Windows(frames, measure_normalisation(frames)), frames


@pytest.mark.parametrize("mirror", [INPUT_MIRROR, OUTPUT_MIRROR])
def test_twice_mirrored_is_as_it_was(mirror: Mirror) -> None:
    vectors = torch.randn(4, len(mirror.order))
    assert torch.equal(mirror(mirror(vectors)), vectors)
    assert not torch.equal(mirror(vectors), vectors)


def test_a_lead_is_the_other_lead_in_a_mirror() -> None:
    at = INPUT_LAYOUT.slices["trajectory_actions"].start
    left, right = (at + ACTIONS.index(f"canter_{side}") for side in ("left", "right"))
    every = torch.eye(INPUT_LAYOUT.size)
    assert torch.equal(INPUT_MIRROR(every[left]), every[right])


def test_a_mirrored_pose_is_that_of_the_other_side() -> None:
    """Joints, velocities and turned columns of one side are found, mirrored, on the other."""
    _, frames = make_windows()
    row = frames.outputs[50:51]
    seen, other = (unpack(each.numpy()) for each in (row, OUTPUT_MIRROR(row)))
    names = make_body().skeleton.names
    left, right = names.index("left_hind_paw"), names.index("right_hind_paw")
    flip = np.array([-1.0, 1.0, 1.0])
    np.testing.assert_allclose(
        other.pose.positions_m[0, right], seen.pose.positions_m[0, left] * flip
    )
    np.testing.assert_allclose(other.contacts[0], seen.contacts[0, [2, 3, 0, 1]])
    x, y = seen.rotations_six[0, left, :3], seen.rotations_six[0, left, 3:]
    np.testing.assert_allclose(other.rotations_six[0, right, :3], -x * flip)
    np.testing.assert_allclose(other.rotations_six[0, right, 3:], y * flip)


def test_what_is_standardised_has_no_side() -> None:
    _, frames = make_windows()
    by = measure_normalisation(frames)
    np.testing.assert_allclose(OUTPUT_MIRROR(by.output_mean), by.output_mean, atol=1e-6)
    np.testing.assert_allclose(
        by.input_scale[INPUT_MIRROR.order], by.input_scale, rtol=1e-5, atol=1e-6
    )


def test_without_the_body_nothing_of_it_is_seen() -> None:
    _, frames = make_windows()
    scale = measure_normalisation(frames, sees_body=False).input_scale
    assert scale[INPUT_LAYOUT.slices["body"]].abs().max() == 0.0
    assert scale[: INPUT_LAYOUT.slices["body"].start].min() > 0.0


def test_windows_stay_within_their_sequence() -> None:
    windows, frames = make_windows()
    batch = windows.draw(30, 64, np.random.default_rng(0))
    assert batch.trajectory.shape == (64, 30, 72)
    assert batch.outputs.shape == (64, 31, OUTPUT_LAYOUT.size)
    usable = windows._usable(30)
    assert torch.equal(frames.first[usable], frames.first[usable + 30])


def test_rare_actions_are_drawn_often() -> None:
    windows, _ = make_windows(action="stand")
    gaits = windows.draw(10, 2000, np.random.default_rng(0)).gait
    found = (gaits == ACTIONS.index("stand")).float().mean().item()
    assert found == pytest.approx(0.10 / 0.24, abs=0.05)  # of stand and trot, which there are


def test_a_rollout_is_the_network_step_by_step() -> None:
    """The same as packing each frame by hand from the plan and the own track."""
    sequence = make_sequence(1)
    frames = Frames.of([sequence])
    torch.manual_seed(0)
    network = ModeAdaptiveNetwork(Shape(16, 2)).eval()
    by = measure_normalisation(frames)
    for name in ("input_mean", "input_scale", "output_mean", "output_scale"):
        getattr(network, name).copy_(getattr(by, name))
    recorded = frames.outputs.clone().numpy()
    windows = Windows(frames, normalisation_of(network))
    start, length = 70, 25
    batch = windows.take(torch.tensor([start]), length, UNMIRRORED)
    with torch.no_grad():
        rollout = roll_out(network, windows, batch)
    found = network.physical(rollout.outputs)[0].detach().numpy()
    desired, track = step_by_step(network, sequence, recorded, start, length)
    np.testing.assert_allclose(found, desired, atol=2e-3)
    off = track[-1] - sequence.root_track[start + length]
    np.testing.assert_allclose(rollout.off[0, -1], off, atol=2e-4)


def step_by_step(
    network: ModeAdaptiveNetwork, sequence: Sequence, recorded: Floats, start: int, length: int
) -> tuple[Floats, Floats]:
    plan, track = sequence.plan, sequence.root_track.copy()
    pose = unpack(recorded[start : start + 1]).pose
    last, said = len(track) - 1, []
    for frame in range(start, start + length):
        around = np.clip(frame + WINDOW_OFFSETS_FRAMES, 0, last)
        ahead = np.clip(frame + FUTURE_OFFSETS_FRAMES, 0, last)
        off = track[frame] - [*plan.positions_xz[frame], plan.headings_rad[frame]]
        xz, headings = desired_future(
            plan.positions_xz[ahead], plan.headings_rad[ahead], off[:2], off[2]
        )
        past = track[around[: PAST_SAMPLES + 1]]
        window = TrajectoryWindow(
            np.concatenate((past[:, :2], xz))[None],
            np.concatenate((past[:, 2], headings))[None],
            np.zeros((1, 12)),
            plan.speeds_m_s[around][None],
            plan.actions[around][None],
        )
        body = sequence.body.vector[None]
        features = pack(window, track[frame : frame + 1], np.zeros(1), pose, body)
        with torch.inference_mode():
            outputs = network(torch.from_numpy(features)).numpy()
        seen = unpack(outputs)
        track[frame + 1 :] = moved_root(track[frame], seen.root_velocity[0])
        pose = RootPose(seen.pose.positions_m, seen.pose.velocities_m_s)
        said.append(outputs[0])
    return np.stack(said), track[: start + length + 1]


def test_what_is_off_is_gone_after_a_second() -> None:
    assert ERROR_LEFT[-1] == 0.0 and np.all(np.diff(ERROR_LEFT) < 0)


class _Recorded(ModeAdaptiveNetwork):
    """Says what was recorded: a roll-out without errors."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(Shape(4, 1))
        self._batch, self._frame = batch, 0

    def forward_normalised(self, x: torch.Tensor) -> torch.Tensor:
        """The next recorded frame."""
        self._frame += 1
        return self._batch.outputs[:, self._frame]


@pytest.mark.parametrize("mirrored", [False, True])
def test_who_says_what_was_recorded_has_no_loss(mirrored: bool) -> None:
    windows, _ = make_windows()
    starts = torch.tensor([20, 250])
    batch = windows.take(starts, 40, torch.full((2,), mirrored))
    losses = losses_of(roll_out(_Recorded(batch), windows, batch), windows, batch)
    for name in ("outputs", "paws", "track"):
        assert getattr(losses, name).item() == pytest.approx(0.0, abs=1e-7)
    # These legs are not planted: a foot that stands slides, seen from either side alike.
    assert losses.slip.item() == pytest.approx(slip_of_the_recording(windows, starts), rel=0.02)


def slip_of_the_recording(windows: Windows, starts: torch.Tensor) -> float:
    batch = windows.take(starts, 40, torch.zeros(2, dtype=torch.bool))
    return losses_of(roll_out(_Recorded(batch), windows, batch), windows, batch).slip.item()


def test_starts_are_seen_from_the_side_on_which_the_left_hind_begins() -> None:
    contacts = np.ones((200, 4), bool)
    contacts[80:95, 2] = contacts[96:110, 0] = contacts[85:99, 3] = False
    contacts[150:160, 0] = contacts[165:175, 2] = False
    sides = start_sides(contacts)
    assert np.all(sides[11:81] == -1) and sides[9] == 0
    assert np.all(sides[82:110] == 0) and np.all(sides[111:151] == 1) and sides[160] == 0


def test_looks_are_seen_from_the_side_on_which_they_go_left() -> None:
    weights, nose = np.zeros(300), np.zeros(300)
    weights[100:160] = weights[250:] = 1.0
    nose[110:150], nose[260:] = -0.2, 0.2
    sides = look_sides(weights, nose)
    assert np.all(sides[30:103] == -1) and np.all(sides[180:253] == 1)
    assert np.all(sides[104:178] == 0)


def test_a_window_of_a_start_is_drawn_from_its_side_alone() -> None:
    windows, frames = make_windows(action="stand")
    frames.headings[:] = 1.0
    assert windows.draw(10, 40, np.random.default_rng(0)).headings.unique().tolist() == [-1.0, 1.0]
    frames.side[:] = -1
    assert windows.draw(10, 40, np.random.default_rng(0)).headings.unique().tolist() == [-1.0]

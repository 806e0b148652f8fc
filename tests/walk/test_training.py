"""Training learns, repeats from its seed, resumes where it was, and stops when it stands still."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from blender_addon.core.errors import InputError
from blender_addon.core.motion.gait import GAITS
from blender_addon.core.walk.features import INPUT_LAYOUT, OUTPUT_LAYOUT
from tests.walk.take_samples import write_prepared

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.training.checkpoint import read_file  # noqa: E402
from backend.walk import train as training  # noqa: E402
from backend.walk.controller import LocomotionController  # noqa: E402
from backend.walk.data import LocomotionData, joint_state, load_split, measure_normalisation  # noqa: E402
from backend.walk.loop import (  # noqa: E402
    ABLATIONS,
    TrainingConfig,
    build_controller,
    load_controller,
    normalisation_of,
    restandardise,
    stage_at,
    train,
    validation_losses,
)
from backend.walk.rollouts.losses import (  # noqa: E402
    OTHER_STRIDES,
    Disturbances,
    rollout_losses,
)
from backend.walk.rollouts.windows import Windows  # noqa: E402
from backend.walk.train import command  # noqa: E402
from tests.shared.backend.run_checks import (  # noqa: E402
    assert_ablations_are_runs_of_their_own,
    assert_cutting_it_off_changes_nothing,
)

pytestmark = pytest.mark.torch

CONFIG = TrainingConfig(
    hidden=24,
    frames_per_update=256,
    rollouts=((0.5, 1), (0.5, 4)),
    max_minutes=1e9,
    max_updates=20,
    validate_every=10,
    seed=1,
    threads=1,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_prepared(tmp_path_factory.mktemp("prepared"))


@pytest.fixture(scope="module")
def data(folder: Path) -> LocomotionData:
    return load_split(folder, "train")


@pytest.fixture(scope="module")
def held_out(folder: Path) -> LocomotionData:
    return load_split(folder, "val")


def windows_of(data: LocomotionData) -> Windows:
    return Windows(data, measure_normalisation(data))


def checkpoint(run: Path) -> dict[str, Any]:
    return read_file(run / "checkpoint.pt")


def test_all_frames_are_read_in_the_order_of_files(folder: Path, data: LocomotionData) -> None:
    files = sorted((folder / "train").glob("*.npz"))
    parts = [np.load(file) for file in files]
    np.testing.assert_array_equal(data.outputs, np.concatenate([p["outputs"] for p in parts]))
    np.testing.assert_array_equal(data.trajectory, np.concatenate([p["trajectory"] for p in parts]))
    assert (data.phase >= 0).all() and (data.phase < 2 * np.pi + 1e-5).all()
    assert data.style_names == ("one", "two")
    lengths = [len(part["phase"]) for part in parts]
    np.testing.assert_array_equal(
        data.remaining, np.concatenate([np.arange(n, 0, -1) for n in lengths])
    )


def test_some_kinds_alone_can_be_read(folder: Path, data: LocomotionData) -> None:
    captured = load_split(folder, "train", ("captured",))
    rest = load_split(folder, "train", ("bent", "blended"))
    assert len(captured.phase) + len(rest.phase) == len(data.phase)


def test_nothing_prepared_is_an_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run 'backend prepare walk' first"):
        load_split(tmp_path, "train")
    with pytest.raises(InputError, match="no prepared sequences"):
        load_split(folder, "train", ("uneven",))


@pytest.mark.parametrize("length", [1, 8, 48])
def test_windows_stay_in_their_sequence_with_a_frame_before(
    data: LocomotionData, length: int
) -> None:
    starts = data.window_starts(length).draw(np.random.default_rng(0), 2000)
    assert (starts >= 1).all()
    ends = starts + length - 1
    sequence = torch.cumsum((torch.roll(data.remaining, 1) <= data.remaining).long(), 0)
    assert (sequence[starts - 1] == sequence[ends]).all()


def test_rare_gaits_are_drawn_as_often_as_planned(data: LocomotionData) -> None:
    starts = data.window_starts(4).draw(np.random.default_rng(0), 6000)
    share = np.bincount(data.gait[starts].numpy(), minlength=len(GAITS)) / 6000
    np.testing.assert_allclose(share, [0.15, 0.6, 0.25], atol=0.03)


def test_weights_count_within_a_gait(data: LocomotionData) -> None:
    starts = data.window_starts(4).draw(np.random.default_rng(0), 20000)
    walk = data.gait[starts] == GAITS.index("walk")
    drawn = data.weight[starts][walk].numpy()
    counts = {weight: (drawn == weight).sum() for weight in np.unique(drawn)}
    lightest, heaviest = min(counts), max(counts)
    ratio = counts[heaviest] / counts[lightest]
    assert ratio == pytest.approx(heaviest / lightest, rel=0.25)


def test_standardised_numbers_have_no_mean_and_small_motions_count_more(
    data: LocomotionData,
) -> None:
    """Halfway between one scale for a part and one for each number: roots of the spreads."""
    windows = windows_of(data)
    assert windows.outputs.mean(0).abs().max() < 1e-3
    assert windows.trajectory.mean(0).abs().max() < 1e-3
    for name in ("joint_positions_m", "joint_rotations_six", "contacts"):
        part = OUTPUT_LAYOUT.slices[name]
        spread, before = (each[:, part].std(0) for each in (windows.outputs, data.outputs))
        usual = before.mean()
        moves = before > 0.1 * usual
        np.testing.assert_allclose(spread[moves], (before / usual).sqrt()[moves], rtol=1e-3)
        assert (spread[~moves] <= 0.1**0.5 + 1e-4).all()


def test_the_way_the_root_moves_counts_more(data: LocomotionData) -> None:
    part = OUTPUT_LAYOUT.slices["root_velocity_m_s_rad_s"]
    spread, before = (each[:, part].std(0) for each in (windows_of(data).outputs, data.outputs))
    desired = 3.0 * (before / before.mean()).sqrt()
    moves = before > 0.1 * before.mean()
    np.testing.assert_allclose(spread[moves], desired[moves], rtol=0.02)


def test_a_pose_fed_back_is_the_pose_put_in(data: LocomotionData) -> None:
    """The shortcut between standardised outputs and inputs equals going by metres."""
    by = measure_normalisation(data)
    windows, count = windows_of(data), data.trajectory.shape[1]
    desired = (joint_state(data.outputs) - by.input_mean[count:]) * by.input_scale[count:]
    np.testing.assert_allclose(windows.state(windows.outputs), desired, atol=1e-4)


def style_of(
    controller: LocomotionController, windows: Windows, frames: torch.Tensor
) -> torch.Tensor:
    """Styles of frames as roll-outs give them, where the same strides of others are drawn."""
    torch.manual_seed(5)
    torch.rand(len(frames), 1)  # of swapped poses
    torch.randn_like(windows.state(windows.outputs[frames]))
    others = [windows.strides(windows.borrowed(frames)) for _ in range(OTHER_STRIDES)]
    style: torch.Tensor = controller.styles(windows.strides(frames), others)[0]
    return style


def test_the_loss_of_one_step_is_its_squared_error(data: LocomotionData) -> None:
    controller, windows = build_controller(data, CONFIG).eval(), windows_of(data)
    frames = windows.draw(1, 16, np.random.default_rng(0))[:, :1]
    now = frames[:, 0]
    style = style_of(controller, windows, now)
    inputs = torch.cat((windows.trajectory[now], windows.state(windows.outputs[now - 1])), -1)
    answer = controller.step(inputs, style, data.phase[now])
    desired = (answer - windows.outputs[now]).square().mean()
    torch.manual_seed(5)
    found = rollout_losses(controller, windows, frames).outputs
    assert found.item() == pytest.approx(desired.item(), rel=1e-5)


def test_the_loss_is_made_where_the_network_is(data: LocomotionData) -> None:
    """The meta device holds no numbers, but minds where each tensor is, as a GPU does."""
    controller = build_controller(data, CONFIG).to("meta")
    windows = Windows(data, normalisation_of(controller))
    frames = torch.full((8, 4), 5, device="meta")
    assert windows.draw(1, 4, np.random.default_rng(0)).is_meta
    rollout_losses(controller, windows, frames, Disturbances(0.1, 0.1, 0.5)).weighted(
        0.3, 0.3, 1e-3
    ).backward()
    assert all(p.grad.is_meta for p in controller.parameters())


def test_a_roll_out_lives_on_its_own_poses(data: LocomotionData) -> None:
    controller, windows = build_controller(data, CONFIG).eval(), windows_of(data)
    frames = windows.draw(3, 8, np.random.default_rng(0))
    state, errors = windows.state(windows.outputs[frames[:, 0] - 1]), []
    style = style_of(controller, windows, frames[:, 1])
    for now in frames.T:
        inputs = torch.cat((windows.trajectory[now], state), -1)
        answer = controller.step(inputs, style, data.phase[now])
        errors.append((answer - windows.outputs[now]).square().mean().item())
        state = windows.state(answer)
    torch.manual_seed(5)
    found = rollout_losses(controller, windows, frames).outputs
    assert found.item() == pytest.approx(np.mean(errors), rel=1e-5)


def test_features_trained_are_features_run(data: LocomotionData) -> None:
    """Standardising outside, in training, equals the network's own normalisation inside."""
    controller, windows = build_controller(data, CONFIG).eval(), windows_of(data)
    frames = torch.arange(5, 15)
    state = joint_state(data.outputs[frames - 1])
    style = style_of(controller, windows, frames)
    features = torch.cat((data.trajectory[frames], state, style), -1)
    assert features.shape[1] == INPUT_LAYOUT.size
    physical = controller(features, data.phase[frames])
    inputs = torch.cat((windows.trajectory[frames], windows.state(windows.outputs[frames - 1])), -1)
    standard = controller.step(inputs, style, data.phase[frames])
    by = measure_normalisation(data)
    back = standard * by.output_scale + by.output_mean
    np.testing.assert_allclose(physical.detach(), back.detach(), atol=1e-3)


def test_another_standard_changes_nothing_that_is_said(data: LocomotionData) -> None:
    controller = build_controller(data, CONFIG).eval()
    by, frames = normalisation_of(controller), torch.arange(5, 15)

    def said() -> tuple[torch.Tensor, torch.Tensor]:
        windows = Windows(data, normalisation_of(controller))
        style = style_of(controller, windows, frames)
        state = joint_state(data.outputs[frames - 1])
        features = torch.cat((data.trajectory[frames], state, style), -1)
        return style.detach(), controller(features, data.phase[frames]).detach()

    before = said()
    restandardise(
        controller,
        by.output_mean + 0.1,
        by.output_scale * torch.rand(by.output_scale.shape).add(0.5),
    )
    for old, new in zip(before, said(), strict=True):
        np.testing.assert_allclose(old, new, atol=2e-3)


def test_stages_follow_the_budget() -> None:
    config = replace(CONFIG, rollouts=((0.2, 1), (0.5, 8), (0.3, 32)))
    found = [stage_at(config, share) for share in (0.0, 0.19, 0.21, 0.69, 0.71, 1.0)]
    assert found == [(0, 1), (0, 1), (1, 8), (1, 8), (2, 32), (2, 32)]


@pytest.mark.parametrize("phase_functioned", [True, False])
def test_a_few_updates_learn_much(
    data: LocomotionData, held_out: LocomotionData, tmp_path: Path, phase_functioned: bool
) -> None:
    config = replace(CONFIG, max_updates=60, validate_every=30, learning_rate=3e-3)
    config = replace(config, phase_functioned=phase_functioned)
    fresh = build_controller(data, config).eval()
    check = windows_of(data)
    before = validation_losses(fresh, check)["loss"]
    trained = train(data, held_out, config, tmp_path)
    assert validation_losses(trained, check)["loss"] < 0.8 * before
    assert trained.network.phase_functioned == phase_functioned
    assert not trained.training
    assert load_controller(tmp_path).network.phase_functioned == phase_functioned


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    return checkpoint(run)["network"]


def test_a_seed_repeats_bit_for_bit(
    data: LocomotionData, held_out: LocomotionData, tmp_path: Path
) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        train(data, held_out, replace(CONFIG, seed=seed), tmp_path / name)
    one, same, other = (weights_of(tmp_path / name) for name in ("one", "same", "other"))
    assert all(torch.equal(one[name], same[name]) for name in one)
    first = "network.layers.0.control_weights"
    assert not torch.equal(one[first], other[first])


@pytest.mark.parametrize(("steps", "precision"), [(13, "fp32"), (27, "bf16")])
def test_cut_off_and_resumed_it_is_the_run_that_never_stopped(
    data: LocomotionData, held_out: LocomotionData, tmp_path: Path, steps: int, precision: Any
) -> None:
    config = replace(CONFIG, max_updates=30, precision=precision)
    assert_cutting_it_off_changes_nothing(
        lambda folder: train(data, held_out, config, folder), tmp_path, steps
    )


def test_it_stops_early_when_it_stands_still(
    data: LocomotionData, held_out: LocomotionData, tmp_path: Path
) -> None:
    config = replace(
        CONFIG,
        learning_rate=0.0,
        max_updates=10_000,
        validate_every=2,
        patience=3,
        rollouts=((1.0, 1),),
    )
    train(data, held_out, config, tmp_path)
    assert checkpoint(tmp_path)["progress"]["update"] == 2 * (1 + 3)


def test_it_does_not_stop_early_before_the_last_stage(
    data: LocomotionData, held_out: LocomotionData, tmp_path: Path
) -> None:
    config = replace(CONFIG, learning_rate=0.0, max_updates=24, validate_every=2, patience=3)
    train(data, held_out, config, tmp_path)
    assert checkpoint(tmp_path)["progress"]["update"] > 12


def test_the_best_is_kept_not_the_last(
    data: LocomotionData, held_out: LocomotionData, tmp_path: Path
) -> None:
    """With far too large steps the last weights are worse than the best ones."""
    config = replace(CONFIG, max_updates=20, validate_every=4, learning_rate=0.1)
    trained = train(data, held_out, config, tmp_path)
    check = Windows(held_out, measure_normalisation(data))
    best = checkpoint(tmp_path)["progress"]["best"]
    assert validation_losses(trained, check)["loss"] == pytest.approx(best, rel=1e-4)
    last = build_controller(data, config).eval()
    last.load_state_dict(weights_of(tmp_path))
    assert validation_losses(last, check)["loss"] >= best * (1 - 1e-4)


@pytest.mark.slow
def test_the_command_trains_exports_and_ablates(folder: Path, tmp_path: Path) -> None:
    prepared = Path(shutil.copytree(folder, tmp_path / "prepared"))
    for turn in prepared.glob("*/bent_*"):  # so that recordings alone turn, too
        turn.rename(turn.with_name(turn.name.replace("bent", "uneven")))
    given = {"data": prepared, "hidden": 24, "max-updates": 8, "validate-every": 4, "threads": 1}
    given |= {"frames-per-update": 256, "learning-rate": 3e-3}
    alike = (training, ("no-rollout", "no-augmentation"))
    assert_ablations_are_runs_of_their_own(command, given, tmp_path, ABLATIONS, alike=alike)

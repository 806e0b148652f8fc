"""The eye–head network learns in two steps, remembers over chunks, and goes on where it stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.gaze.eye_head_samples import write_prepared

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.gaze.eye_head_network import CELLS, EyeHeadNetwork  # noqa: E402
from backend.gaze.eye_head_samples import gaze_alone, load_lessons  # noqa: E402
from backend.gaze.train import command  # noqa: E402
from backend.gaze.train_eye_head import (  # noqa: E402
    ABLATIONS,
    EyeHeadConfig,
    build_network,
    load_network,
    mean_errors,
    train_eye_head,
    validation_errors,
)
from backend.training.checkpoint import read_file  # noqa: E402
from blender_addon.core.errors import InputError  # noqa: E402
from blender_addon.core.gaze.eye_head_features import INPUT_LAYOUT  # noqa: E402
from tests.shared.backend.run_checks import (  # noqa: E402
    assert_ablations_are_runs_of_their_own,
    assert_cutting_it_off_changes_nothing,
)

pytestmark = pytest.mark.torch

CONFIG = EyeHeadConfig(
    hidden=12,
    learning_rate=1e-2,
    lessons_per_batch=4,
    people_lessons=4,
    rehearsed=2,
    max_updates=30,
    max_minutes=1e9,
    threads=1,
    people_updates=6,
    validate_every=10,
    held_out=("two",),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_prepared(tmp_path_factory.mktemp("prepared"))


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train_eye_head(data, folder, CONFIG, cross_validate=True)
    return folder


def test_training_comes_nearer_to_the_teacher(data: Path, run: Path) -> None:
    check = load_lessons(data / "teacher_val.npz")
    fresh = sum(validation_errors(build_network(CONFIG, check), check))
    network, _ = load_network(run)
    assert sum(validation_errors(network, check)) < 0.7 * fresh


def test_every_person_is_held_out_once(data: Path, run: Path) -> None:
    check = load_lessons(data / "complete.npz")
    for person, other in (("one", "two"), ("two", "one")):
        network, config = load_network(run / f"fold_{person}")
        assert config.held_out == (person,)
        measured = read_file(run / f"fold_{person}" / "checkpoint.pt")["progress"]["history"][-1]
        assert measured["update"] == CONFIG.people_updates
        wanted = validation_errors(network, check.of([person]))
        assert (measured["gaze_deg"], measured["added_deg"]) == pytest.approx(wanted)
        assert validation_errors(network, check.of([other])) != pytest.approx(wanted)


def test_those_held_out_are_not_learned_from(data: Path, run: Path, tmp_path: Path) -> None:
    """With the second person's recordings replaced by rubbish the weights come out the same."""
    for path in data.glob("*.npz"):
        kept = dict(np.load(path))
        kept["targets"][kept["person"] == "two"] += 5.0
        np.savez(tmp_path / path.name, **kept)
    train_eye_head(tmp_path, tmp_path / "run", CONFIG)
    for name, value in load_network(tmp_path / "run")[0].state_dict().items():
        assert torch.equal(value, load_network(run)[0].state_dict()[name])


@pytest.mark.parametrize("cell", CELLS)
def test_the_loss_is_made_where_the_network_is(data: Path, cell: Any) -> None:
    """The meta device holds no numbers, but minds where each tensor is, as a GPU does."""
    network = EyeHeadNetwork(cell, 8).to("meta")
    lessons = load_lessons(data / "complete.npz").between(0, 20).to(torch.device("meta"))
    outputs, _ = network(lessons.features, network.first_state(len(lessons)))
    sum(mean_errors(outputs, lessons)).backward()
    assert all(p.grad.is_meta for p in network.parameters())


@pytest.mark.parametrize(("steps", "precision"), [(37, "fp32"), (131, "bf16")])
def test_cut_off_and_resumed_it_is_the_run_that_never_stopped(
    data: Path, tmp_path: Path, steps: int, precision: Any
) -> None:
    """Once within the first step, whose updates take four steps of the optimiser, once after it."""
    config = replace(CONFIG, validate_every=5, precision=precision)
    assert_cutting_it_off_changes_nothing(
        lambda folder: train_eye_head(data, folder, config, cross_validate=True), tmp_path, steps
    )


def test_the_second_step_is_not_resumed_from_another_teacher(data: Path, tmp_path: Path) -> None:
    short = replace(CONFIG, max_updates=4)
    train_eye_head(data, tmp_path, short)
    with pytest.raises(InputError, match=r"begun_from is .* there"):
        train_eye_head(data, tmp_path, replace(short, max_updates=6))
    with pytest.raises(InputError, match="people_updates is 6 there, 0 here"):
        train_eye_head(data, tmp_path, replace(short, **ABLATIONS["no-people"]))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
def test_chunks_one_after_the_other_are_the_whole(cell: str, layers: int) -> None:
    torch.manual_seed(0)
    network = EyeHeadNetwork(cell, 8, layers).eval()
    features = torch.randn(3, 50, INPUT_LAYOUT.size)
    whole, end = network(features, network.first_state(3))
    state, parts = network.first_state(3), []
    for chunk in features.split(17, dim=1):
        said, state = network(chunk, state)
        parts.append(said)
    torch.testing.assert_close(torch.cat(parts, 1), whole)
    torch.testing.assert_close(state, end)


def test_a_network_that_says_nothing_holds_gaze() -> None:
    network = EyeHeadNetwork("gru", 8).eval()
    torch.nn.init.zeros_(network.head[-1].weight)
    torch.nn.init.zeros_(network.head[-1].bias)
    features = torch.randn(2, 9, INPUT_LAYOUT.size)
    said, _ = network(features, network.first_state(2))
    torch.testing.assert_close(said[..., :2], features[..., INPUT_LAYOUT.slices["wanted_rad"]])
    assert not said[..., 2:].any()


def test_people_say_nothing_on_the_heads_offset(data: Path) -> None:
    lessons = load_lessons(data / "complete.npz")
    wrong = lessons.targets + torch.tensor([0.0, 0.0, 0.2, 0.0])
    gaze, offset = mean_errors(wrong, gaze_alone(lessons))
    assert offset.item() == 0.0 < gaze.item()


def test_without_prepared_data_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="prepare"):
        load_lessons(tmp_path / "complete.npz")


@pytest.mark.slow
def test_the_command_trains_exports_and_ablates(data: Path, tmp_path: Path) -> None:
    (tmp_path / "prepared").mkdir()
    (tmp_path / "prepared" / "eye_head").symlink_to(data, target_is_directory=True)
    given = {"data": tmp_path / "prepared", "cell": "gru", "threads": 1, "held-out": "two"}
    given |= {"hidden": 12, "lessons-per-batch": 4, "max-updates": 4, "people-updates": 2}
    given |= {"model": "gaze_eye_head"}
    assert_ablations_are_runs_of_their_own(command, given, tmp_path, ABLATIONS, "eye_head")
    assert load_network(tmp_path / "run" / "eye_head")[0].cell == "gru"
    assert not (tmp_path / "run-no-people" / "eye_head" / "people").exists()

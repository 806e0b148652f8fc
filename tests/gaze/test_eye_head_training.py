"""The eye–head network learns in two steps, remembers over chunks, and goes on where it stopped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from tests.gaze.eye_head_samples import write_prepared

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.gaze.eye_head_network import CELLS, EyeHeadNetwork  # noqa: E402
from backend.gaze.eye_head_samples import gaze_alone, load_lessons  # noqa: E402
from backend.gaze.train_eye_head import (  # noqa: E402
    EyeHeadConfig,
    build_network,
    load_network,
    mean_errors,
    train_eye_head,
    validation_errors,
)
from blender_addon.core.errors import InputError  # noqa: E402
from blender_addon.core.gaze.eye_head_features import INPUT_LAYOUT  # noqa: E402

pytestmark = pytest.mark.torch

CONFIG = EyeHeadConfig(
    hidden=12,
    learning_rate=1e-2,
    lessons_per_batch=4,
    people_lessons=4,
    rehearsed=2,
    teacher_updates=30,
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
    network, _ = load_network(run / "best.pt")
    assert sum(validation_errors(network, check)) < 0.7 * fresh


def test_every_person_is_held_out_once_and_the_course_is_kept(run: Path) -> None:
    history = json.loads((run / "people.json").read_text())
    assert set(history) == {"one", "two"}
    assert [row[0] for row in history["one"]] == [0, 6]
    for person in ("one", "two"):
        assert load_network(run / f"fold_{person}.pt")[1].held_out == (person,)


def test_those_held_out_are_not_learned_from(data: Path, run: Path, tmp_path: Path) -> None:
    """With the second person's recordings replaced by rubbish the weights come out the same."""
    for path in data.glob("*.npz"):
        kept = dict(np.load(path))
        kept["targets"][kept["person"] == "two"] += 5.0
        np.savez(tmp_path / path.name, **kept)
    train_eye_head(tmp_path, tmp_path / "run", CONFIG)
    for name, value in load_network(tmp_path / "run" / "best.pt")[0].state_dict().items():
        assert torch.equal(value, load_network(run / "best.pt")[0].state_dict()[name])


def test_a_run_goes_on_where_it_stopped(data: Path, tmp_path: Path) -> None:
    short = replace(CONFIG, people_updates=0, teacher_updates=20)
    train_eye_head(data, tmp_path, short)
    before = torch.load(tmp_path / "teacher.pt", weights_only=True)
    train_eye_head(data, tmp_path, short)
    after = torch.load(tmp_path / "teacher.pt", weights_only=True)
    assert before["progress"] == after["progress"] and before["progress"]["update"] == 20
    train_eye_head(data, tmp_path, replace(short, teacher_updates=25))
    longer = torch.load(tmp_path / "teacher.pt", weights_only=True)
    assert longer["progress"]["update"] == 25
    assert longer["progress"]["minutes"] > after["progress"]["minutes"]


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


def test_the_command_trains_and_exports(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backend.gaze import train as gaze
    from backend.gaze import train_eye_head as eye_head

    def small(**chosen: Any) -> EyeHeadConfig:
        return replace(CONFIG, **{"teacher_updates": 4, "people_updates": 2, **chosen})

    monkeypatch.setattr(eye_head, "EyeHeadConfig", small)
    (tmp_path / "prepared").mkdir()
    (tmp_path / "prepared" / "eye_head").symlink_to(data, target_is_directory=True)
    arguments = ["--network", "eye_head", "--data", str(tmp_path / "prepared")]
    arguments += ["--run", str(tmp_path / "run"), "--cell", "gru", "--threads", "1"]
    done = CliRunner().invoke(gaze.command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    folder = tmp_path / "run" / "eye_head"
    assert (folder / "gaze_eye_head.onnx").is_file()
    assert load_network(folder / "best.pt")[0].cell == "gru"

"""Which model runs for a task: the one chosen, else the user's own, else the bundled one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from blender_addon.core.errors import ModelError
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.model_list import (
    find_model,
    listed_models,
    models_of,
    tasks_of,
)
from blender_addon.core.inference.opening import open_models

WriteModel = Callable[..., Path]
TASK = "speech_face"


@pytest.fixture
def own(write_model: WriteModel, tmp_path: Path) -> Callable[[str], Path]:
    """Put a small model of the task under a name into the user's folder."""

    def put(name: str) -> Path:
        made = write_model(folder=tmp_path / "made", task=TASK, name=name)
        target = tmp_path / "own" / f"{name}.onnx"
        target.parent.mkdir(exist_ok=True)
        for ending in (".onnx", ".json"):
            made.with_suffix(ending).rename(target.with_suffix(ending))
        return target

    return put


def choice_of(tmp_path: Path, **names: str) -> ModelChoice:
    return ModelChoice(tmp_path / "own", names=names)


def test_the_bundled_one_where_nothing_else_is() -> None:
    assert find_model(TASK, ModelChoice()).stem == "speech_face"
    assert find_model("locomotion", ModelChoice()).stem == "locomotion_biped"


def test_the_users_own_before_the_bundled(own: Callable[[str], Path], tmp_path: Path) -> None:
    second = own("mumble")
    assert find_model(TASK, choice_of(tmp_path)) == second
    assert find_model("locomotion", choice_of(tmp_path)).stem == "locomotion_biped"


def test_two_of_one_task_stand_side_by_side(own: Callable[[str], Path], tmp_path: Path) -> None:
    own("mumble"), own("shout")
    names = [model.name for model in models_of(TASK, choice_of(tmp_path))]
    bundled = ["speech_face", "speech_face_2017", "speech_face_diffusion"]
    assert names == ["mumble", "shout", *bundled]
    for name in names:
        assert find_model(TASK, choice_of(tmp_path, **{TASK: name})).stem == name


def test_one_named_like_the_bundled_takes_its_place(
    own: Callable[[str], Path], tmp_path: Path
) -> None:
    own("mumble")
    assert find_model(TASK, choice_of(tmp_path)).stem == "mumble"
    usual = own("speech_face")
    assert find_model(TASK, choice_of(tmp_path)) == usual


def test_a_broken_one_is_passed_over_but_listed(own: Callable[[str], Path], tmp_path: Path) -> None:
    broken, good = own("a_broken"), own("b_good")
    broken.write_bytes(broken.read_bytes() + b"x")
    choice = choice_of(tmp_path)
    assert find_model(TASK, choice) == good
    [listed] = [model for model in listed_models(choice) if model.name == "a_broken"]
    assert listed.task == TASK and "SHA-256" in listed.problem
    assert listed not in models_of(TASK, choice)


def test_a_broken_one_chosen_by_name_is_never_replaced(
    own: Callable[[str], Path], tmp_path: Path
) -> None:
    broken = own("a_broken")
    broken.write_bytes(broken.read_bytes() + b"x")
    choice = choice_of(tmp_path, **{TASK: "a_broken"})
    assert find_model(TASK, choice) == broken
    with pytest.raises(ModelError):
        open_models([TASK], choice)


def test_a_name_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    choice = ModelChoice(names={TASK: "whisper"})
    with pytest.raises(ModelError, match=r"no model 'whisper' for speech_face.*'speech_face'"):
        find_model(TASK, choice)
    with pytest.raises(ModelError, match=r"no model 'whisper'.*'gaze_behaviour'"):
        tasks_of(["whisper"], ModelChoice())


def test_names_tell_their_tasks(own: Callable[[str], Path], tmp_path: Path) -> None:
    own("mumble")
    found = tasks_of(["mumble", "locomotion_biped"], choice_of(tmp_path))
    assert found == {TASK: "mumble", "locomotion": "locomotion_biped"}

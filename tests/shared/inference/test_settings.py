"""A model's settings may hold anything: what cannot be used is refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from blender_addon.core.errors import ContractError, NeuralMotionError
from blender_addon.core.gaze.pipeline import GazePipeline
from blender_addon.core.inference.contract import ModelContract, load_contract
from blender_addon.core.inference.settings import SettingsReader
from blender_addon.core.sound.encoder import SpeechEncoder
from blender_addon.core.speech.pipeline import SpeechFacePipeline
from blender_addon.core.walk.pipeline import LocomotionPipeline
from tests.speech.contract_samples import make_speech_contract

MODELS = Path(__file__).resolve().parents[3] / "onnx_models"
NAMES = (
    "locomotion_biped", "gaze_behaviour", "gaze_eye_head", "speech_encoder", "speech_face",
    "speech_face_2017", "speech_face_diffusion",
)  # fmt: skip
MISSING = object()
STRANGE = (
    None, True, "", "x", -1, 0, 10**400, 1e308, -1e308, float("nan"), float("inf"), [], {}, [[]],
    [[[1.0]]], ["x"], [None], {"x": None}, {"plain": []}, [float("nan")], MISSING,
)  # fmt: skip
NESTED_ENTRIES = 2  # of each list or object: the first and the last


class Stand:
    """What a pipeline needs of a session, without one."""

    def __init__(self, contract: ModelContract) -> None:
        self.contract = contract

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("a contract is read without running the model")


def deaf(*_: object) -> Any:
    raise AssertionError("a contract is read without hearing anything")


@pytest.fixture(scope="module")
def contracts() -> dict[str, ModelContract]:
    return {name: load_contract(MODELS / f"{name}.json") for name in NAMES}


def build(name: str, contracts: dict[str, ModelContract]) -> object:
    """The pipeline of a model."""
    if name == "locomotion_biped":
        return LocomotionPipeline(Stand(contracts[name]))
    if name == "speech_encoder":
        return SpeechEncoder(Stand(contracts[name]))
    if name.startswith("speech_face"):
        return SpeechFacePipeline(Stand(contracts[name]), deaf)
    return GazePipeline(Stand(contracts["gaze_behaviour"]), Stand(contracts["gaze_eye_head"]))


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something lies in nested lists and objects, every level of it."""
    if path:
        yield path
    if isinstance(value, dict):
        keys: list[Any] = list(value) if not path else [*value][:1] + [*value][-1:]
    elif isinstance(value, list):
        keys = sorted({0, len(value) - 1})[:NESTED_ENTRIES] if value else []
    else:
        return
    for key in keys:
        yield from places(value[key], (*path, key))


def changed(settings: dict[str, Any], path: tuple[Any, ...], value: object) -> dict[str, Any]:
    new = deepcopy(settings)
    holder = new
    for key in path[:-1]:
        holder = holder[key]
    if value is MISSING:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return new


@pytest.mark.parametrize("name", NAMES)
def test_the_models_that_come_along_are_read(
    contracts: dict[str, ModelContract], name: str
) -> None:
    build(name, contracts)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_setting_holds_the_error_is_one_of_ours(
    contracts: dict[str, ModelContract], name: str
) -> None:
    settings = dict(contracts[name].settings)
    tried, said = 0, []
    for path in places(settings):
        for value in STRANGE:
            contract = replace(contracts[name], settings=changed(settings, path, value))
            tried += 1
            try:
                build(name, {**contracts, name: contract})
            except NeuralMotionError as error:
                said.append((str(path[0]), str(error)))
    assert tried >= 80
    # Without a kind a model counts as of the oldest, and its tensors are named instead.
    assert all((key in text or key == "kind") and name in text for key, text in said)
    assert said or name == "gaze_eye_head"  # whose settings nothing depends on


def reader(**settings: object) -> SettingsReader:
    return SettingsReader(replace(make_speech_contract(), settings=settings))


@pytest.mark.parametrize("value", [True, "3", None, [3], 2.99, 8.01, float("nan"), 10**400])
def test_a_number_is_a_number_in_its_range(value: object) -> None:
    assert reader(speed=3).number("speed", 3.0, 8.0) == 3.0
    with pytest.raises(ContractError, match=r"'speed' must be a number from 3 to 8; found"):
        reader(speed=value).number("speed", 3.0, 8.0)


def test_what_is_not_given_has_its_usual_value_or_is_missed() -> None:
    assert reader().number("speed", 3.0, 8.0, 5.0) == 5.0
    assert reader().integer("grid", 1, 9, 4) == 4
    with pytest.raises(ContractError, match="lack 'speed'"):
        reader().number("speed", 3.0, 8.0)


@pytest.mark.parametrize("value", [2.5, float("inf"), "4", 0, 10])
def test_a_whole_number_is_whole(value: object) -> None:
    assert reader(grid=4.0).integer("grid", 1, 9) == 4
    with pytest.raises(ContractError, match="a whole number from 1 to 9"):
        reader(grid=value).integer("grid", 1, 9)


@pytest.mark.parametrize(
    "value",
    ["jaw", [], ["jaw"], ["jaw", "jaw"], ["jaw", 3], ["jaw", "elbow"], {"jaw": 1, "lip": 2}],
)
def test_names_are_as_many_as_there_must_be_and_known(value: object) -> None:
    known = ("jaw", "lip", "brow")
    assert reader(channels=["lip", "jaw"]).names("channels", count=2, known=known) == ("lip", "jaw")
    with pytest.raises(ContractError, match="a list of 2 names of jaw, lip, brow, each once"):
        reader(channels=value).names("channels", count=2, known=known)


@pytest.mark.parametrize(
    "value", [[], [1.0, 2.0], [[1.0]], [[1.0, 2.0], [3.0]], [[1.0, None]], [[1.0, 1e9]], {"a": 1}]
)
def test_a_table_has_its_shape_and_range(value: object) -> None:
    read = reader(styles=[[1, 2], [3, 4], [5, 6]]).table("styles", (None, 2))
    assert read.dtype == np.float32
    assert read.tolist() == [[1, 2], [3, 4], [5, 6]]
    with pytest.raises(ContractError, match="'styles' must be a table of any × 2 numbers"):
        reader(styles=value).table("styles", (None, 2))


@pytest.mark.parametrize("value", [["walk", "stand"], ["stand"], "stand", None, [[]]])
def test_what_is_required_is_there_in_order(value: object) -> None:
    reader(gaits=["stand", "walk"]).require("gaits", ("stand", "walk"))
    reader(offsets=[-1, 0, 1]).require("offsets", [-1, 0, 1])
    with pytest.raises(ContractError, match="'gaits' must be exactly stand, walk; found"):
        reader(gaits=value).require("gaits", ("stand", "walk"))


def test_rows_come_in_the_order_that_is_asked_for() -> None:
    rows = reader(breaks={"b": [1, 2], "a": [3, 4]}).rows("breaks", 2, names=("a", "b"))
    assert list(rows) == ["a", "b"]
    with pytest.raises(ContractError, match="found 'no c'"):
        reader(breaks={"a": [1, 2]}).rows("breaks", 2, names=("a", "c"))
    with pytest.raises(ContractError, match=r"'breaks\.a' must be a table of 2 numbers"):
        reader(breaks={"a": [1]}).rows("breaks", 2)

"""Contracts: round trips, and every way to get one wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.core.errors import ContractError
from blender_addon.core.inference.contract import (
    ModelContract,
    TensorSpec,
    contract_from_json,
    contract_to_json,
    load_contract,
    save_contract,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.skeleton import Skeleton

Json = dict[str, Any]


def test_round_trip_keeps_everything(tmp_path: Path, toy_contract: ModelContract) -> None:
    path = tmp_path / "toy.json"
    save_contract(path, toy_contract)
    read = load_contract(path)
    assert contract_to_json(read) == contract_to_json(toy_contract)
    assert read.inputs == toy_contract.inputs
    assert read.skeleton is not None
    assert np.array_equal(read.skeleton.offsets, COMMON_SKELETON.offsets)
    assert read.skeleton.ends == COMMON_SKELETON.ends
    assert [file.name for file in tmp_path.iterdir()] == ["toy.json"]


@given(st.lists(st.floats(-10, 10, width=32), min_size=3, max_size=3))
def test_rest_offsets_survive_to_the_last_bit(offset: list[float]) -> None:
    from_text = json.loads(json.dumps(contract_to_json(contract_with_offset(offset))))
    read = contract_from_json(from_text, "toy.json").skeleton
    assert read is not None
    assert read.offsets.tobytes() == np.array([offset], np.float32).tobytes()


def contract_with_offset(offset: list[float]) -> ModelContract:
    spec = TensorSpec("x", (1,))
    skeleton = Skeleton(("root",), np.array([-1]), np.array([offset], np.float32))
    fields = json.loads(json.dumps(MINIMAL))
    contract = contract_from_json(fields, "toy.json")
    return replace(contract, skeleton=skeleton, inputs=(spec,))


MINIMAL: Json = {
    "format_version": 1,
    "name": "toy",
    "task": "testing",
    "inputs": [{"name": "x", "shape": ["batch", 4], "dtype": "float32", "unit": "", "layout": {}}],
    "outputs": [{"name": "y", "shape": [1], "dtype": "float32", "unit": "m", "layout": {}}],
    "skeleton": None,
    "frame_rate_hz": 30,
    "normalisation": {"mean": [0.0], "scale": [1.0]},
    "opset": 18,
    "sha256": "ab" * 32,
    "training": {"commit": "0", "command": "train"},
    "data": [],
    "weights_licence": "CC0-1.0",
    "metrics": {},
    "settings": {},
}


def change(*path: str | int, to: object) -> Callable[[Json], None]:
    def apply(document: Json) -> None:
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = to

    return apply


SKELETON = {"names": ["a", "b"], "parents": [-1, 0], "offsets": [[0, 1, 0], [0, 1, 0]], "ends": {}}

FAULTS: dict[str, tuple[Callable[[Json], object], str]] = {
    "version": (change("format_version", to=2), "format_version 1; found 2.*update"),
    "no version": (lambda d: d.pop("format_version"), "format_version 1; found None"),
    "missing": (lambda d: d.pop("opset"), "missing opset"),
    "unknown": (change("speed", to=1), "unknown speed"),
    "traversal": (change("name", to="../../evil"), "plain file name"),
    "absolute": (change("name", to="/etc/passwd"), "plain file name"),
    "drive": (change("name", to="C:evil"), "plain file name"),
    "hidden": (change("name", to=".toy"), "plain file name"),
    "no name": (change("name", to=""), "plain file name"),
    "task": (change("task", to=3), r"task: expected a text; found 3"),
    "no inputs": (change("inputs", to=[]), "inputs need distinct names"),
    "inputs": (change("inputs", to={}), "inputs: expected a list"),
    "input": (change("inputs", 0, to=7), r"inputs\[0\]: expected an object"),
    "twice": (lambda d: d["inputs"].append(d["inputs"][0]), "distinct names"),
    "dtype": (change("inputs", 0, "dtype", to="string"), "dtype of float32.*found 'string'"),
    "size 0": (change("inputs", 0, "shape", to=["batch", 0]), "at least 1"),
    "size -1": (change("inputs", 0, "shape", to=[-1, 4]), "at least 1"),
    "size 1.5": (change("inputs", 0, "shape", to=[1.5]), "whole numbers and names"),
    "size true": (change("inputs", 0, "shape", to=[True]), "whole numbers and names"),
    "slice": (change("inputs", 0, "layout", to={"a": [2, 5]}), r"'a' \[2, 5\).*does not fit"),
    "slice empty": (change("inputs", 0, "layout", to={"a": [2, 2]}), "does not fit"),
    "slice negative": (change("inputs", 0, "layout", to={"a": [-1, 2]}), "does not fit"),
    "slice text": (change("inputs", 0, "layout", to={"a": ["0", 2]}), r"\[start, stop\]"),
    "slice long": (change("inputs", 0, "layout", to={"a": [0, 1, 2]}), r"\[start, stop\]"),
    "rate 0": (change("frame_rate_hz", to=0), "above 0"),
    "rate text": (change("frame_rate_hz", to="60"), "frame_rate_hz: expected a finite number"),
    "rate huge": (change("frame_rate_hz", to=10**400), "a finite number"),
    "opset": (change("opset", to=0), "opset and sha256 must be given"),
    "opset true": (change("opset", to=True), "opset: expected a whole number"),
    "hash": (change("sha256", to="AB" * 32), "64 lower-case hex"),
    "hash short": (change("sha256", to="ab"), "64 lower-case hex"),
    "no hash": (change("sha256", to=""), "must be given"),
    "training": (change("training", to={"commit": "0"}), "training: missing command"),
    "data": (change("data", to=[{"name": "x"}]), r"data\[0\]: missing licence, attribution"),
    "normalisation": (change("normalisation", to="outside"), "'in_graph' or an object"),
    "settings": (change("settings", to=[]), "settings: expected an object"),
    "skeleton": (change("skeleton", to=[]), "skeleton: expected an object"),
    "parents": (change("skeleton", to=SKELETON | {"parents": [-1, 1]}), "parent before"),
    "parents float": (change("skeleton", to=SKELETON | {"parents": [-1, 0.5]}), "whole numbers"),
    "parents huge": (change("skeleton", to=SKELETON | {"parents": [-1, 2**70]}), "skeleton: "),
    "names": (change("skeleton", to=SKELETON | {"names": ["a", "a"]}), "once each"),
    "name number": (change("skeleton", to=SKELETON | {"names": ["a", 1]}), "a list of texts"),
    "offsets": (change("skeleton", to=SKELETON | {"offsets": [[0, 1, 0]]}), "2 joints need"),
    "no offsets": (change("skeleton", to=SKELETON | {"offsets": []}), "2 joints need"),
    "offset": (change("skeleton", to=SKELETON | {"offsets": [[0, 1], [0, 1]]}), "three numbers"),
    "offset huge": (
        change("skeleton", to=SKELETON | {"offsets": [[0, 1e300, 0], [0, 1, 0]]}),
        "not a finite number",
    ),
    "ends": (change("skeleton", to=SKELETON | {"ends": {"b": [0, "1", 0]}}), "finite number"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named(fault: str, tmp_path: Path) -> None:
    apply, message = FAULTS[fault]
    document = json.loads(json.dumps(MINIMAL))
    apply(document)
    path = tmp_path / "toy.json"
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(ContractError, match=message):
        load_contract(path)


def test_the_sound_document_behind_the_faults_loads(tmp_path: Path) -> None:
    path = tmp_path / "toy.json"
    path.write_text(json.dumps(MINIMAL | {"skeleton": SKELETON}), "utf-8")
    contract = load_contract(path)
    assert contract.skeleton is not None
    assert contract.skeleton.names == ("a", "b")
    assert contract.normalisation == {"mean": [0.0], "scale": [1.0]}


def test_every_cut_is_refused(tmp_path: Path) -> None:
    path, text = tmp_path / "toy.json", json.dumps(MINIMAL).encode()
    for size in range(0, len(text), 7):
        path.write_bytes(text[:size])
        with pytest.raises(ContractError, match="not valid JSON"):
            load_contract(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format_version": NaN}', "NaN is not a number JSON knows"),
        ('{"frame_rate_hz": Infinity}', "Infinity is not a number"),
        ("[" * 100_000, "not valid JSON"),
        ("9" * 10_000, "not valid JSON|found"),
        ("[]", "found None"),
        ("\xff\xfe\x00", "not valid JSON"),
    ],
)
def test_odd_texts_are_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "toy.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ContractError, match=message):
        load_contract(path)


def test_a_huge_file_is_refused_unparsed(tmp_path: Path) -> None:
    path = tmp_path / "toy.json"
    path.write_bytes(b" " * (8 * 2**20) + json.dumps(MINIMAL).encode())
    with pytest.raises(ContractError, match="larger than 8 MiB"):
        load_contract(path)


def test_a_contract_under_another_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps(MINIMAL), "utf-8")
    with pytest.raises(ContractError, match="'toy', expected 'other'"):
        load_contract(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha256": ""}, "must be given"),
        ({"settings": {"rate": float("nan")}}, "cannot be JSON"),
        ({"metrics": {"error": np.float32(1)}}, "cannot be JSON"),
    ],
)
def test_a_contract_that_cannot_be_saved_leaves_the_old_one(
    changes: Json, message: str, tmp_path: Path, toy_contract: ModelContract
) -> None:
    path = tmp_path / "toy.json"
    save_contract(path, toy_contract)
    before = path.read_bytes()
    with pytest.raises(ContractError, match=message):
        save_contract(path, replace(toy_contract, **changes))
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_lookups_say_what_there_is(toy_contract: ModelContract) -> None:
    spec = toy_contract.input("x")
    assert spec.part("rest") == slice(1, 3)
    assert toy_contract.output("y").shape == ("batch", 2)
    assert toy_contract.setting("gaits") == ["walk", "jog"]
    for look, message in (
        (lambda: toy_contract.input("z"), "no input 'z'; it has x, gain"),
        (lambda: toy_contract.output("z"), "no output 'z'; it has y"),
        (lambda: toy_contract.setting("styles"), "lack 'styles'.*found gaits"),
        (lambda: spec.part("last"), "no part 'last'; it has first, rest"),
        (lambda: toy_contract.require_task("locomotion"), "'testing', needed.*'locomotion'"),
    ):
        with pytest.raises(ContractError, match=message):
            look()
    toy_contract.require_task("testing")


def test_skeleton_must_be_the_one_needed(toy_contract: ModelContract) -> None:
    ours = COMMON_SKELETON
    toy_contract.require_skeleton(ours)
    toy_contract.require_skeleton(Skeleton(ours.names, ours.parents, ours.offsets + 1e-4))
    parents = ours.parents.copy()
    parents[2] = 0
    renamed = ("Pelvis", *ours.names[1:])
    swapped = (*ours.names[:-2], ours.names[-1], ours.names[-2])
    for other, message in (
        (Skeleton(ours.names, ours.parents, ours.offsets * 2), "a rest offset differs by"),
        (Skeleton(ours.names, parents, ours.offsets), "another parent"),
        (Skeleton(renamed, ours.parents, ours.offsets), "Hips.*Pelvis"),
        (Skeleton(swapped, ours.parents, ours.offsets), "another joint order"),
    ):
        with pytest.raises(ContractError, match=message):
            toy_contract.require_skeleton(other)
    with pytest.raises(ContractError, match="its contract gives none"):
        replace(toy_contract, skeleton=None).require_skeleton(ours)

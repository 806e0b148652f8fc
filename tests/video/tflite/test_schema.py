"""Files that are no whole TensorFlow Lite model are refused, whatever is wrong with them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from backend.video.tflite.convert import to_onnx
from backend.video.tflite.flatbuffer import FlatBufferError
from backend.video.tflite.schema import parse_tflite, read_tflite, whole_file
from backend.video.tflite.sparse import Level, Sparsity, densify
from blender_addon.core.errors import InputError
from tests.video.tflite.tflite_writer import Model, Table, flatbuffer


def small() -> bytes:
    model = Model()
    image = model.tensor((1, 4, 4, 3))
    weight = model.constant(np.ones((2, 3, 3, 3), np.float32))
    bias = model.constant(np.zeros(2, np.float32))
    out = model.tensor((1, 4, 4, 2))
    model.step("CONV_2D", [image, weight, bias], out, {1: ("i", 1), 2: ("i", 1)})
    return model.data([image], [out])


def test_reads_what_was_written() -> None:
    graph = parse_tflite(small())
    assert [operator.name for operator in graph.operators] == ["CONV_2D"]
    assert graph.operators[0].inputs == (0, 1, 2)
    assert (graph.inputs, graph.outputs) == ((0,), (3,))
    assert [tensor.name for tensor in graph.tensors] == ["tensor0", "tensor1", "tensor2", "tensor3"]
    assert graph.tensors[1].constant is not None
    np.testing.assert_array_equal(graph.tensors[1].constant, np.ones((2, 3, 3, 3)))
    assert graph.tensors[0].constant is None


def test_every_cut_is_refused(tmp_path: Path) -> None:
    data = small()
    path = tmp_path / "cut.tflite"
    for length in range(0, len(data), 3):
        path.write_bytes(data[:length])
        whole = pytest.raises(InputError, match=r"cut\.tflite is no whole TensorFlow Lite model")
        with whole, whole_file(path):
            to_onnx(read_tflite(path), "small", "image", ["result"])


def test_any_four_bytes_may_be_wrong() -> None:
    """Never anything but a graph or an InputError, and never without end."""
    data, refused = small(), 0
    for place in range(0, len(data) - 3, 3):
        for wrong in (0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0x00010000):
            broken = bytearray(data)
            struct.pack_into("<I", broken, place, wrong)
            try:
                to_onnx(parse_tflite(bytes(broken)), "small", "image", ["result"])
            except InputError:
                refused += 1
    assert refused > len(data) // 2


def test_missing_and_foreign_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_tflite(tmp_path / "none.tflite")
    foreign = tmp_path / "foreign.tflite"
    foreign.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(InputError, match="expected the mark b'TFL3'"):
        read_tflite(foreign)


def test_quantised_weights_are_refused() -> None:
    model = Model()
    image = model.tensor((1, 4, 4, 3))
    model.constant(np.ones(4, np.int8))
    with pytest.raises(InputError, match="quantised model"):
        parse_tflite(model.data([image], [image]))


def test_a_constant_of_another_size_is_refused() -> None:
    model = Model()
    image = model.tensor((1, 4, 4, 3))
    number = model.constant(np.ones(4, np.float32))
    model.tensors[number].fields[0] = np.array([5], np.int32)
    with pytest.raises(InputError, match=r"4 numbers for \[5\]"):
        parse_tflite(model.data([image], [image]))


def test_two_graphs_are_refused() -> None:
    data = flatbuffer(Table({2: [Table(), Table()], 4: [Table()]}), b"TFL3")
    with pytest.raises(InputError, match="expected one graph; found 2"):
        parse_tflite(data)


def compressed(segments: list[int], places: list[int]) -> Sparsity:
    none = np.zeros(0, np.int64)
    return Sparsity(
        (0, 1), (), (Level(2, none, none), Level(0, np.array(segments), np.array(places)))
    )


def test_densify_places_each_value() -> None:
    found = densify(np.array([7.0, 8.0, 9.0]), (2, 4), compressed([0, 1, 3], [2, 0, 3]))
    np.testing.assert_array_equal(found, [[0, 0, 7, 0], [8, 0, 0, 9]])


@pytest.mark.parametrize(
    ("segments", "places"),
    [
        ([0, 1, 3], [2, 0, 4]),  # outside
        ([0, 1, 3], [2, 0, -1]),
        ([0, 3], [2, 0, 3]),  # a border too few
        ([0, 3, 1], [2]),  # falling
        ([0, 1, 2], [2, 0]),  # a value too many
    ],
)
def test_densify_refuses_contradictions(segments: list[int], places: list[int]) -> None:
    with pytest.raises(FlatBufferError):
        densify(np.array([7.0, 8.0, 9.0]), (2, 4), compressed(segments, places))

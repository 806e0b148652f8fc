"""Small TensorFlow Lite models become ONNX that computes what their operators mean."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
import pytest

from backend.video.tflite.convert import to_onnx
from backend.video.tflite.schema import parse_tflite
from blender_addon.core.errors import InputError
from tests.video.tflite import slow
from tests.video.tflite.tflite_writer import Model, Table

DRAW = np.random.default_rng(3)
RELU, RELU6 = 1, 3


def numbers(*shape: int) -> np.ndarray:
    return DRAW.normal(size=shape).astype(np.float32)


def ran(data: bytes, picture: np.ndarray) -> tuple[np.ndarray, onnx.ModelProto]:
    """What the converted model makes of two pictures: they are worked on each by itself."""
    model = to_onnx(parse_tflite(data), "small", "image", ["result"])
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    pair = np.stack([picture, picture[::-1, ::-1]])
    (found,) = session.run(None, {"image": pair})
    (alone,) = session.run(None, {"image": pair[1:]})
    np.testing.assert_allclose(found[1:], alone, atol=1e-5)
    return found[0], model


def one_step(
    name: str,
    picture: np.ndarray,
    after: tuple[int, ...],
    constants: list[np.ndarray],
    options: dict,
) -> bytes:
    model = Model()
    image = model.tensor((1, *picture.shape))
    others = [model.constant(each) for each in constants]
    out = model.step(name, [image, *others], model.tensor((1, *after)), options)
    return model.data([image], [out])


CONVOLUTIONS = [
    # stride, dilation, same, activation
    ((1, 1), (1, 1), True, 0),
    ((2, 2), (1, 1), True, RELU),
    ((2, 1), (1, 1), False, RELU6),
    ((1, 1), (2, 3), True, 0),
]


def activated(values: np.ndarray, activation: int) -> np.ndarray:
    if activation == 0:
        return values
    return np.clip(values, 0.0, 6.0 if activation == RELU6 else None)


@pytest.mark.parametrize("each", [False, True], ids=["whole", "by channel"])
@pytest.mark.parametrize(("stride", "dilation", "same", "activation"), CONVOLUTIONS)
def test_convolution(each: bool, stride, dilation, same, activation) -> None:
    picture = 3.0 * numbers(9, 8, 4)
    weight = numbers(1, 3, 2, 8) if each else numbers(5, 3, 2, 4)
    bias = numbers(8 if each else 5)
    compute = slow.conv_each if each else slow.conv
    expected = activated(compute(picture, weight, bias, stride, dilation, same), activation)
    place = {3: ("i", 2), 4: ("b", activation)} if each else {3: ("b", activation)}
    first = 5 if each else 4
    options = {
        0: ("b", int(not same)), 1: ("i", stride[1]), 2: ("i", stride[0]), **place,
        first: ("i", dilation[1]), first + 1: ("i", dilation[0]),
    }  # fmt: skip
    name = "DEPTHWISE_CONV_2D" if each else "CONV_2D"
    found, _ = ran(one_step(name, picture, expected.shape, [weight, bias], options), picture)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("same", [False, True])
def test_pool(same: bool) -> None:
    picture = numbers(7, 8, 3) - 4.0  # all below 0: what is padded must not count as 0
    expected = slow.pool(picture, (3, 2), (2, 2), same)
    options = {
        0: ("b", int(not same)), 1: ("i", 2), 2: ("i", 2), 3: ("i", 2), 4: ("i", 3), 5: ("b", 0)
    }  # fmt: skip
    found, _ = ran(one_step("MAX_POOL_2D", picture, expected.shape, [], options), picture)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("half_pixel", "align_corners"), [(False, False), (True, False), (False, True)]
)
def test_resize(half_pixel: bool, align_corners: bool) -> None:
    picture = numbers(4, 5, 2)
    expected = slow.resize(picture, 8, 10, half_pixel, align_corners)
    size = np.array([8, 10], np.int32)
    options = {2: ("b", int(align_corners)), 3: ("b", int(half_pixel))}
    found, _ = ran(one_step("RESIZE_BILINEAR", picture, (8, 10, 2), [size], options), picture)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_depth_to_space() -> None:
    picture = numbers(3, 2, 12)
    expected = slow.to_space(picture, 2)
    data = one_step("DEPTH_TO_SPACE", picture, (6, 4, 3), [], {0: ("i", 2)})
    np.testing.assert_array_equal(ran(data, picture)[0], expected.astype(np.float32))


def test_logistic() -> None:
    picture = numbers(3, 2, 4)
    found, _ = ran(one_step("LOGISTIC", picture, (3, 2, 4), [], {}), picture)
    np.testing.assert_allclose(found, 1.0 / (1.0 + np.exp(-picture)), atol=1e-6)


def test_pad_of_pixels_and_channels() -> None:
    picture = numbers(3, 2, 4)
    sizes = np.array([[0, 0], [1, 2], [0, 1], [0, 3]], np.int32)
    found, _ = ran(one_step("PAD", picture, (6, 3, 7), [sizes], {}), picture)
    np.testing.assert_array_equal(found, np.pad(picture, sizes[1:]))


@pytest.mark.parametrize("channels", [False, True])
def test_convolution_behind_a_pad(channels: bool) -> None:
    """What is padded around a picture, the convolution does; what is added as channels remains."""
    picture = numbers(6, 6, 3)
    sizes = np.array([[0, 0], [0, 1], [1, 0], [0, 2 if channels else 0]], np.int32)
    padded = np.pad(picture, sizes[1:])
    weight, bias = numbers(4, 3, 3, padded.shape[2]), numbers(4)
    expected = slow.conv(padded, weight, bias, (2, 2), same=False)
    model = Model()
    image = model.tensor((1, *picture.shape))
    wide = model.step("PAD", [image, model.constant(sizes)], model.tensor((1, *padded.shape)))
    options = {0: ("b", 1), 1: ("i", 2), 2: ("i", 2)}
    inputs = [wide, model.constant(weight), model.constant(bias)]
    out = model.step("CONV_2D", inputs, model.tensor((1, *expected.shape)), options)
    found, converted = ran(model.data([image], [out]), picture)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert ("Pad" in [node.op_type for node in converted.graph.node]) == channels


def test_add_of_two_and_of_a_constant_for_each_channel() -> None:
    picture, each = numbers(3, 2, 4), numbers(4)
    model = Model()
    image = model.tensor((1, *picture.shape))
    double = model.step("ADD", [image, image], model.tensor((1, *picture.shape)))
    out = model.tensor((1, *picture.shape))
    model.step("ADD", [double, model.constant(each)], out, {0: ("b", RELU)})
    found, _ = ran(model.data([image], [out]), picture)
    np.testing.assert_allclose(found, np.maximum(2 * picture + each, 0.0), atol=1e-6)


def test_reshape_and_concatenation_keep_the_order_of_the_file() -> None:
    picture = numbers(3, 2, 4)
    model = Model()
    image = model.tensor((1, *picture.shape))
    joined = model.tensor((1, 3, 2, 8))
    model.step("CONCATENATION", [image, image], joined, {0: ("i", 3)})
    rows = model.step("RESHAPE", [joined], model.tensor((1, 6, 8)))
    few = model.step("RESHAPE", [image], model.tensor((1, 3, 8)))
    out = model.tensor((1, 9, 8))
    model.step("CONCATENATION", [rows, few], out, {0: ("i", -2)})
    found, _ = ran(model.data([image], [out]), picture)
    wide = np.concatenate([picture, picture], axis=2).reshape(6, 8)
    np.testing.assert_array_equal(found, np.concatenate([wide, picture.reshape(3, 8)]))


def test_weights_of_16_bits_stay_so_and_are_computed_with_as_they_are() -> None:
    picture = numbers(4, 4, 3)
    weight, bias = numbers(2, 1, 1, 3).astype(np.float16), numbers(2).astype(np.float16)
    model = Model()
    image = model.tensor((1, *picture.shape))
    wide = [
        model.step("DEQUANTIZE", [model.constant(each)], model.tensor(each.shape))
        for each in (weight, bias)
    ]
    out = model.tensor((1, 4, 4, 2))
    model.step("CONV_2D", [image, *wide], out, {1: ("i", 1), 2: ("i", 1)})
    found, converted = ran(model.data([image], [out]), picture)
    expected = slow.conv(picture, weight.astype(float), bias.astype(float))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    stored = {each.data_type for each in converted.graph.initializer}
    assert stored == {onnx.TensorProto.FLOAT16}


def test_sparse_weights_become_dense() -> None:
    """A matrix of blocks of 1 × 2 with its rows compressed, as BlazePose's detector has them."""
    dense = np.zeros((3, 1, 1, 4), np.float16)
    dense[0, 0, 0, 2:] = 1.0, 2.0
    dense[2, 0, 0, :] = 3.0, 4.0, 0.0, 5.0
    stored = np.array([1, 2, 3, 4, 0, 5], np.float16)
    whole = [Table({0: ("b", 0), 1: ("i", size)}) for size in (3, 1, 1)]
    rows = Table({
        0: ("b", 1), 2: ("B", 3), 3: Table({0: np.array([0, 1, 1, 3], np.uint8)}),
        4: ("B", 2), 5: Table({0: np.array([1, 0, 1], np.uint16)}),
    })  # fmt: skip
    block = Table({0: ("b", 0), 1: ("i", 2)})
    about = Table({
        0: np.arange(5, dtype=np.int32), 1: np.array([3], np.int32), 2: [*whole, rows, block]
    })  # fmt: skip
    picture = numbers(2, 2, 4)
    model = Model()
    image = model.tensor((1, 2, 2, 4))
    sparse = model.sparse(stored, dense.shape, about)
    full = model.step("DENSIFY", [sparse], model.tensor(dense.shape, "float16"))
    weight = model.step("DEQUANTIZE", [full], model.tensor(dense.shape))
    bias = model.constant(np.zeros(3, np.float32))
    out = model.tensor((1, 2, 2, 3))
    model.step("CONV_2D", [image, weight, bias], out, {1: ("i", 1), 2: ("i", 1)})
    data = model.data([image], [out])
    np.testing.assert_array_equal(parse_tflite(data).tensors[sparse].constant, dense)
    found, _ = ran(data, picture)
    np.testing.assert_allclose(found, picture @ dense[:, 0, 0].T.astype(np.float32), atol=1e-6)


def test_what_leads_to_no_output_is_left_out() -> None:
    model = Model()
    image = model.tensor((1, 2, 2, 3))
    kept = model.step("LOGISTIC", [image], model.tensor((1, 2, 2, 3)))
    lost = model.step("ADD", [kept, image], model.tensor((1, 2, 2, 3)))
    graph = parse_tflite(model.data([image], [kept, lost]))
    converted = to_onnx(graph, "small", "image", ["kept", None])
    assert "Add" not in [node.op_type for node in converted.graph.node]
    assert [output.name for output in converted.graph.output] == ["kept"]


def unknown_operator(model: Model, image: int) -> int:
    return model.step("AVERAGE_POOL_2D", [image], model.tensor((1, 1, 1, 3)))


def unknown_activation(model: Model, image: int) -> int:
    return model.step("ADD", [image, image], model.tensor((1, 2, 2, 3)), {0: ("b", 4)})


def computed_weights(model: Model, image: int) -> int:
    bias = model.constant(numbers(2))
    return model.step("CONV_2D", [image, image, bias], model.tensor((1, 2, 2, 2)))


def quantised_input(model: Model, image: int) -> int:
    return model.step("DEQUANTIZE", [image], model.tensor((1, 2, 2, 3)))


def reshape_to_a_picture(model: Model, image: int) -> int:
    return model.step("RESHAPE", [image], model.tensor((1, 3, 2, 2)))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (unknown_operator, "operator number 1 is unknown"),
        (unknown_activation, "activation 4"),
        (computed_weights, "weights of a step are computed"),
        (quantised_input, "DEQUANTIZE of a step are computed"),
        (reshape_to_a_picture, "RESHAPE to"),
    ],
)
def test_what_is_not_known_is_refused(build: Callable[[Model, int], int], message: str) -> None:
    model = Model()
    image = model.tensor((1, 2, 2, 3))
    out = build(model, image)
    with pytest.raises(InputError, match=message):
        to_onnx(parse_tflite(model.data([image], [out])), "small", "image", ["result"])


def test_another_number_of_outputs_is_another_network() -> None:
    model = Model()
    image = model.tensor((1, 2, 2, 3))
    out = model.step("LOGISTIC", [image], model.tensor((1, 2, 2, 3)))
    with pytest.raises(InputError, match="expected 1 input and 2 outputs; found 1 and 1"):
        to_onnx(parse_tflite(model.data([image], [out])), "small", "image", ["one", "two"])

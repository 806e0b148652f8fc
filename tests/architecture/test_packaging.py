"""The zips: which there are, what their manifests say, and that nothing incomplete is packed."""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

import pytest

from backend.packaging import extension

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = (ROOT / "blender_addon/blender_manifest.toml").read_text("utf-8")


def test_each_platform_gets_one_zip_for_all_pythons_and_gpu_zips_one_each() -> None:
    plain = extension.packages([], gpu=False)
    assert [p.suffix for p in plain] == ["linux_x64", "windows_x64", "macos_arm64"]
    assert all(p.pythons == extension.PYTHONS for p in plain)
    gpu = extension.packages([], gpu=True)
    assert len({p.suffix for p in gpu}) == len(gpu) == 4
    assert all(p.requirement.startswith("onnxruntime-gpu==") for p in gpu)
    assert extension.packages(["macos-arm64"], gpu=True) == []


@pytest.mark.parametrize("gpu", [False, True])
def test_the_manifest_keeps_the_platforms_rules_and_gets_the_wheels(gpu: bool) -> None:
    for package in extension.packages([], gpu):
        manifest = tomllib.loads(extension.completed_manifest(MANIFEST, package, ["a.whl"]))
        assert manifest["wheels"] == ["./wheels/a.whl"]
        assert manifest["platforms"] == [package.platform.name]
        assert manifest["id"] == "neural_motion"
        assert "blender" not in manifest["name"].lower()
        for line in (manifest["tagline"], *manifest["permissions"].values()):
            assert len(line) <= 64
            assert not line.endswith((".", "!", "?"))


def test_gpu_zips_name_the_blenders_whose_python_they_fit() -> None:
    for package in extension.packages(["linux-x64"], gpu=True):
        manifest = tomllib.loads(extension.completed_manifest(MANIFEST, package, []))
        old = package.pythons == ("311",)
        assert manifest["blender_version_min"] == ("4.2.0" if old else "5.1.0")
        assert manifest.get("blender_version_max") == ("5.1.0" if old else None)


def test_a_model_without_its_card_is_not_packed(tmp_path: Path) -> None:
    target = tmp_path / "some.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("models/walk.onnx", "")
        archive.writestr("models/walk.json", "")
    with pytest.raises(extension.PackagingError, match=r"walk\.md"):
        extension._check_models(target)


def test_every_shipped_model_has_contract_and_card() -> None:
    networks = list((ROOT / "onnx_models").glob("*.onnx"))
    assert networks
    for network in networks:
        assert network.with_suffix(".json").is_file(), network
        assert network.with_suffix(".md").is_file(), network

"""The zips: which there are, what their manifests say, and that nothing incomplete is packed."""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

import pytest

from backend.packaging import extension
from build import MUJOCO, WHERE

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = (ROOT / "blender_addon/blender_manifest.toml").read_text("utf-8")


def test_each_platform_gets_one_zip_for_all_pythons_and_gpu_zips_one_each() -> None:
    plain = extension.packages([], gpu=False)
    assert [p.suffix for p in plain] == ["linux_x64", "windows_x64", "macos_arm64"]
    assert all(p.pythons == extension.PYTHONS for p in plain)
    gpu = extension.packages([], gpu=True)
    assert len({p.suffix for p in gpu}) == len(gpu) == 4
    assert all(p.requirements[0].startswith("onnxruntime-gpu==") for p in gpu)
    assert extension.packages(["macos-arm64"], gpu=True) == []


def test_physics_is_in_the_zips_that_say_so_and_in_no_other() -> None:
    zips = extension.packages([], gpu=False, physics=True)
    assert [p.suffix for p in zips] == [
        "physics-linux_x64", "physics-windows_x64", "physics-macos_arm64",
    ]  # fmt: skip
    assert all(MUJOCO in p.requirements and len(p.requirements) == 2 for p in zips)
    for package in (*extension.packages([], gpu=False), *extension.packages([], gpu=True)):
        assert "physics" not in package.suffix and MUJOCO not in package.requirements


def test_a_zip_for_macs_with_an_intel_processor_is_refused_with_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for platform in ("macos-x64", "amiga"):
        with pytest.raises(SystemExit):
            extension.main(["zip", "--physics", "--platform", platform])
    told = capsys.readouterr().err
    assert "no zip for Macs with an Intel processor" in told and "mujoco-core" in told
    assert "'amiga' is none of linux-x64, windows-x64, macos-arm64" in told


@pytest.mark.parametrize(
    ("system", "machine", "has"),
    [
        ("linux", "x86_64", True),
        ("win32", "AMD64", True),
        ("win32", "ARM64", False),
        ("darwin", "arm64", True),
        ("darwin", "x86_64", False),
    ],
)
def test_where_the_physics_engine_has_no_build_everything_else_is_installed(
    system: str, machine: str, has: bool
) -> None:
    marker = pytest.importorskip("packaging.markers").Marker(WHERE)
    assert marker.evaluate({"sys_platform": system, "platform_machine": machine}) == has


@pytest.mark.parametrize(("gpu", "physics"), [(False, False), (True, False), (False, True)])
def test_the_manifest_keeps_the_platforms_rules_and_gets_the_wheels(
    gpu: bool, physics: bool
) -> None:
    for package in extension.packages([], gpu, physics=physics):
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

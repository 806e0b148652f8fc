"""Packs the extension: one zip for each platform, and a static repository to subscribe to.

``python -m backend.packaging.extension zip|repository``. Runs in any environment with pip and bpy,
whose own packer builds and validates, and markdown-it-py, which makes the manual in the zip.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from backend.manual.pages import write_manual
from backend.processes import run_limited
from build import MUJOCO

ROOT: Final = Path(__file__).resolve().parents[2]
BUILD: Final = ROOT / ".build"
DIST: Final = ROOT / "dist"
LOCKS: Final = ROOT / "requirements"

PYTHONS: Final = ("311", "313")
"""What Blender ships: 3.11 up to 5.0, 3.13 from 5.1 on."""
_GPU_SERIES: Final = {"311": ("4.2.0", "5.1.0"), "313": ("5.1.0", None)}

_ADDRESS: Final = re.compile(r"https?://[\w.-]+(?:[:/][\w./:~%-]*)?")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")

_log = logging.getLogger("packaging")


class PackagingError(Exception):
    """The extension could not be packed; says what to do."""


@dataclass(frozen=True)
class Platform:
    """Where a zip runs.

    Args:
        name: as the extension manifest spells it.
        wheel_tags: platform tags of wheels that run there, best first.
        has_gpu: whether there is an onnxruntime-gpu for it.
    """

    name: str
    wheel_tags: tuple[str, ...]
    has_gpu: bool


PLATFORMS: Final = (
    Platform(
        "linux-x64",
        ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64"),
        has_gpu=True,
    ),
    Platform("windows-x64", ("win_amd64",), has_gpu=True),
    Platform("macos-arm64", ("macosx_14_0_arm64", "macosx_11_0_arm64"), has_gpu=False),
)


@dataclass(frozen=True)
class Package:
    """One zip to be built.

    Args:
        platform: where it runs.
        pythons: whose wheels it holds.
        gpu: onnxruntime-gpu instead of onnxruntime; its wheels are so large that there is one zip
            for each Python.
        website: that the manifest names; empty for none.
        physics: the physics engine as well.
    """

    platform: Platform
    pythons: tuple[str, ...] = PYTHONS
    gpu: bool = False
    website: str = ""
    physics: bool = False

    @property
    def suffix(self) -> str:
        """End of the file's name."""
        parts = ["physics"] if self.physics else []
        parts += [self.platform.name.replace("-", "_")]
        parts += [f"gpu_cp{self.pythons[0]}"] if self.gpu else []
        return "-".join(parts)

    @property
    def requirements(self) -> tuple[str, ...]:
        """What it brings: the networks' runtime as this environment has it, the physics engine."""
        runtime = ("onnxruntime-gpu" if self.gpu else "onnxruntime") + "==" + _runtime_version()
        return (runtime, MUJOCO) if self.physics else (runtime,)


def _runtime_version() -> str:
    """Of the onnxruntime of this environment, with CUDA or without: both come in step."""
    try:
        return version("onnxruntime")
    except PackageNotFoundError:
        return version("onnxruntime-gpu")


def packages(
    platforms: Sequence[str], gpu: bool, website: str = "", physics: bool = False
) -> list[Package]:
    """What to build for these platform names; all where none is named."""
    chosen = [p for p in PLATFORMS if not platforms or p.name in platforms]
    if not gpu:
        return [Package(platform, website=website, physics=physics) for platform in chosen]
    return [
        Package(p, (python,), gpu=True, website=website)
        for p in chosen
        if p.has_gpu
        for python in PYTHONS
    ]


def stated_website() -> str:
    """What pyproject.toml names as homepage; empty as long as there is none."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project.get("urls", {}).get("Homepage", ""))


def platform_name(text: str) -> str:
    """The same, if there are zips for it.

    Raises:
        ArgumentTypeError: there are none, and why.
    """
    known = [platform.name for platform in PLATFORMS]
    if text == "macos-x64":
        raise argparse.ArgumentTypeError(
            "there is no zip for Macs with an Intel processor: neither the networks' library "
            "(onnxruntime) nor the physics engine (mujoco-core) has a build for them"
        )
    if text not in known:
        raise argparse.ArgumentTypeError(f"'{text}' is none of {', '.join(known)}")
    return text


def web_address(text: str) -> str:
    """The same, if it is the address of a website, or empty for none.

    Raises:
        ArgumentTypeError: it is not.
    """
    if text and not _ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"'{text}' is no address; expected https://HOST/PATH")
    return text


def build_zip(package: Package, out: Path) -> Path:
    """Build and validate one zip.

    Returns:
        Its path, ``neural_motion-VERSION-SUFFIX.zip``.

    Raises:
        PackagingError: a wheel could not be had, or Blender's own packer found a fault.
    """
    wheels = download_wheels(package)
    stage = stage_extension(package, wheels)
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"neural_motion-{own_version()}-{package.suffix}.zip"
    _pack("build", "--source-dir", stage, "--output-filepath", target)
    _pack("validate", target)
    _check_models(target)
    _log.info("%s  %.1f MB", target, target.stat().st_size / 1e6)
    return target


def download_wheels(package: Package) -> list[Path]:
    """The unmodified wheels of all it brings, for each Python; downloaded once, verified always.

    Raises:
        PackagingError: a wheel could not be had, or is not the file that the lock names.
    """
    return [
        _verified_wheel(package.platform, requirement, python)
        for requirement in package.requirements
        for python in package.pythons
    ]


def _verified_wheel(platform: Platform, requirement: str, python: str) -> Path:
    hashes = locked_hashes(requirement)
    folder = BUILD / "wheels"
    stem = requirement.replace("-", "_").replace("==", "-")
    pattern = f"{stem}-cp{python}-*"
    wheels = _wheels_for(folder, pattern, platform)
    if not wheels:
        _download(platform, requirement, python, folder)
        wheels = _wheels_for(folder, pattern, platform)
    verify(wheels[0], hashes)
    return wheels[0]


def locked_hashes(requirement: str) -> frozenset[str]:
    """SHA-256 of every wheel that the lock files name for this ``name==version``.

    Raises:
        PackagingError: no lock file has it.
    """
    block = re.compile(rf"^{re.escape(requirement)}\b(?:.*\\\n)+.*", re.MULTILINE)
    texts = [path.read_text("utf-8") for path in sorted(LOCKS.glob("*.txt"))]
    found = [h for text in texts for b in block.findall(text) for h in _HASH.findall(b)]
    if not found:
        raise PackagingError(f"no file in {LOCKS.name}/ has {requirement}; run build.py lock")
    return frozenset(found)


def verify(wheel: Path, hashes: frozenset[str]) -> None:
    """Refuse a wheel that is not one of those locked.

    Raises:
        PackagingError: its SHA-256 is none of these hashes.
    """
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found not in hashes:
        raise PackagingError(
            f"{wheel.name} has SHA-256 {found}, which no lock file names. Remove {wheel}, so that "
            "it is downloaded again"
        )


def _wheels_for(folder: Path, pattern: str, platform: Platform) -> list[Path]:
    return [path for tag in platform.wheel_tags for path in folder.glob(f"{pattern}{tag}*.whl")]


def _download(platform: Platform, requirement: str, python: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(folder), "--implementation", "cp"]
    command += ["--python-version", python]
    command += [part for tag in platform.wheel_tags for part in ("--platform", tag)]
    if subprocess.call([*command, requirement], timeout=1800):
        raise PackagingError(
            f"{requirement} for Python {python} on {platform.name} could not be "
            "downloaded. Check the connection, or leave that platform out with --platform"
        )


def stage_extension(package: Package, wheels: Sequence[Path]) -> Path:
    """Lay out what goes into the zip: add-on, models, manual, wheels, completed manifest."""
    stage = BUILD / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "blender_addon", stage, ignore=ignored)
    shutil.copy(ROOT / "LICENSE", stage)
    compared = shutil.ignore_patterns("comparison")
    shutil.copytree(ROOT / "onnx_models", stage / "models", ignore=compared)
    write_manual(stage / "manual", own_version())
    (stage / "wheels").mkdir()
    for wheel in wheels:
        shutil.copy(wheel, stage / "wheels")
    manifest = stage / "blender_manifest.toml"
    text = completed_manifest(manifest.read_text("utf-8"), package, [w.name for w in wheels])
    manifest.write_text(text, encoding="utf-8")
    return stage


def completed_manifest(text: str, package: Package, wheel_names: Sequence[str]) -> str:
    """The manifest with platform, wheels and, where they are to be named, website and versions."""
    lines = [f'platforms = ["{package.platform.name}"]', "wheels = ["]
    lines += [*(f'  "./wheels/{name}",' for name in wheel_names), "]", ""]
    lines[:0] = [f'website = "{package.website}"'] if package.website else []
    if package.gpu:
        low, high = _GPU_SERIES[package.pythons[0]]
        text = text.replace('blender_version_min = "4.2.0"', f'blender_version_min = "{low}"')
        lines.insert(0, f'blender_version_max = "{high}"' if high else "")
    head, table, tail = text.partition("\n[")
    return head + "\n" + "\n".join(lines) + table + tail


def build_repository(out: Path, zips: Sequence[Path]) -> Path:
    """A folder that any web server can offer as an extension repository.

    Returns:
        Its index.json.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for path in zips:
        shutil.copy(path, out)
    _pack("server-generate", "--repo-dir", out, "--html")
    return out / "index.json"


def own_version() -> str:
    """The extension's version, as its manifest states it."""
    text = (ROOT / "blender_addon" / "blender_manifest.toml").read_text("utf-8")
    return str(tomllib.loads(text)["version"])


def _pack(command: str, *arguments: object) -> None:
    """Let Blender's own packer, part of the bpy wheel, do one step."""
    spec = find_spec("bpy")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    packer = next(folder.glob("**/bl_pkg/cli/blender_ext.py"), None)
    if packer is None:
        raise PackagingError("this environment has no bpy with an extension packer inside")
    done = run_limited([sys.executable, str(packer), command, *map(str, arguments)], 600)
    if done.returncode:
        raise PackagingError(f"Blender's packer: {command} failed:\n{done.stdout}{done.stderr}")


def _check_models(target: Path) -> None:
    """Every network needs its contract and its card beside it."""
    with zipfile.ZipFile(target) as archive:
        models = {Path(name) for name in archive.namelist() if "models/" in name}
    for network in [path for path in models if path.suffix == ".onnx"]:
        missing = {network.with_suffix(s) for s in (".json", ".md")} - models
        if missing:
            raise PackagingError(f"{target.name} lacks {', '.join(map(str, sorted(missing)))}")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen about zips."""
    parser.add_argument(
        "--platform", action="append", default=[], type=platform_name, metavar="P",
        help="only for this: " + ", ".join(platform.name for platform in PLATFORMS),
    )  # fmt: skip
    parser.add_argument(
        "--website", type=web_address, default=stated_website(), metavar="URL",
        help="that the extension names as its own (pyproject.toml's Homepage, if it has one)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=DIST, metavar="DIR")


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="build.py", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("zip", "repository"))
    add_options(parser)
    flavours = parser.add_mutually_exclusive_group()
    flavours.add_argument("--gpu", action="store_true", help="with onnxruntime-gpu, for CUDA")
    flavours.add_argument("--physics", action="store_true", help="with the physics engine")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    wanted = packages(chosen.platform, chosen.gpu, chosen.website, chosen.physics)
    try:
        zips = [build_zip(package, chosen.out) for package in wanted]
        if chosen.what == "repository":
            _log.info("%s", build_repository(chosen.out / "repository", zips))
    except PackagingError as error:
        _log.error("build.py: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

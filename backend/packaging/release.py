"""Makes a release in one go: every zip, the repository, checksums and notes.

``python -m backend.packaging.release``. All of it is made in a folder of its own beside the
target, which takes the target's name when it is complete: what is there under that name is always
a whole release, and making it again replaces it.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .extension import (
    ROOT,
    PackagingError,
    add_options,
    build_repository,
    build_zip,
    own_version,
    packages,
)

CHANGELOG: Final = ROOT / "CHANGELOG.md"
NOTES: Final = "NOTES.md"
SUMS: Final = "SHA256SUMS"
_SYSTEMS: Final = {
    "linux_x64": "Linux", "windows_x64": "Windows",
    "macos_arm64": "macOS 14 or newer, Apple silicon",
    "gpu_cp311": "with CUDA, Blender 4.2 to 5.0", "gpu_cp313": "with CUDA, Blender 5.1 or newer",
    "physics": "with physics",
}  # fmt: skip

_log = logging.getLogger("packaging")


def changes_of(version: str, changelog: str) -> str:
    """What the change log says about a version, without its heading.

    Args:
        version: as in 0.3.0.
        changelog: the whole of it; each version has a heading ``## [0.3.0] - 2026-11-29``.

    Raises:
        PackagingError: it says nothing about this version.
    """
    sections = re.split(r"^## \[([^\]]+)\][^\n]*\n", changelog, flags=re.MULTILINE)
    texts = dict(zip(sections[1::2], (text.strip() for text in sections[2::2]), strict=True))
    if not texts.get(version):
        known = ", ".join(texts) or "no version"
        raise PackagingError(
            f"{CHANGELOG.name} says nothing about {version}, the manifest's version; it has "
            f"{known}. Write what changed under '## [{version}] - DATE'"
        )
    return texts[version]


def check_versions(version: str, project: str) -> None:
    """Refuse versions that differ.

    Args:
        version: the manifest's.
        project: text of pyproject.toml.

    Raises:
        PackagingError: they differ.
    """
    other = tomllib.loads(project)["project"]["version"]
    if other != version:
        raise PackagingError(
            f"blender_manifest.toml has version {version}, pyproject.toml {other}. Make them equal"
        )


def checksums(files: Sequence[Path]) -> str:
    """Lines as ``sha256sum --check`` reads them."""
    return "".join(f"{_sha256(path)}  {path.name}\n" for path in files)


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def notes(version: str, changes: str, zips: Sequence[Path]) -> str:
    """The page of a release: what to take, what changed, how to check it."""
    rows = [f"| `{path.name}` | {_system(path)} | {_megabytes(path)} |" for path in zips]
    return "\n".join(
        [
            f"# Neural Motion {version}",
            "",
            "Take the zip for your system and drag it into Blender's window, or choose it under",
            "*Edit ▸ Preferences ▸ Get Extensions ▸ Install from Disk*. Blender 4.2 or newer. The",
            "zips with physics hold all that the others do, and the engine of the Physics panel.",
            "",
            "| file | for | size |",
            "|---|---|---|",
            *rows,
            "",
            "## What changed",
            "",
            changes,
            "",
            f"`sha256sum --check {SUMS}` checks what was downloaded.",
            "",
        ]
    )


def _system(path: Path) -> str:
    return ", ".join(name for suffix, name in _SYSTEMS.items() if suffix in path.stem)


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.0f} MB"


def finish(folder: Path, version: str, changes: str, zips: Sequence[Path]) -> None:
    """Add repository, checksums and notes to a folder with zips."""
    # Others are zips of the same version, which a repository cannot tell apart.
    offered = [path for path in zips if not re.search("-(gpu|physics)", path.stem)]
    build_repository(folder / "repository", offered)
    for path in offered:  # the same bytes twice would double the folder
        twin = folder / "repository" / path.name
        twin.unlink()
        os.link(path, twin)
    (folder / SUMS).write_text(checksums(zips), encoding="utf-8")
    (folder / NOTES).write_text(notes(version, changes, zips), encoding="utf-8")


def replace(made: Path, target: Path) -> None:
    """Give a folder the name of the target; one that is there goes when the new one is in place."""
    old = made.with_name(made.name + "-old")
    if target.exists():
        target.rename(old)
    try:
        made.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def make_release(chosen: argparse.Namespace) -> Path:
    """Make everything.

    Returns:
        The folder of the release.

    Raises:
        PackagingError: the change log or a version is not ready, or a zip could not be built.
    """
    version = own_version()
    changes = changes_of(version, CHANGELOG.read_text("utf-8"))
    check_versions(version, (ROOT / "pyproject.toml").read_text("utf-8"))
    if not chosen.website:
        _log.warning("no website is named: give --website, or a Homepage in pyproject.toml")
    target = chosen.out / f"release-{version}"
    chosen.out.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=chosen.out))
    try:
        wanted = packages(chosen.platform, False, chosen.website)
        wanted += packages(chosen.platform, False, chosen.website, physics=True)
        wanted += packages(chosen.platform, True, chosen.website) if chosen.gpu else []
        zips = [build_zip(package, made) for package in wanted]
        finish(made, version, changes, zips)
        made.chmod(0o755)
        replace(made, target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="build.py release", description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--gpu", action="store_true", help="those for CUDA as well")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        _log.info("%s", make_release(chosen))
    except PackagingError as error:
        _log.error("build.py: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

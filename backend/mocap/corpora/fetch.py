"""``prepare editing --download --corpus``: whole corpora, fetched as the zips they come in."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.mocap.fetch_file import DownloadError, FetchLimits, fetch_file
from blender_addon.core.inference.contract import DataSource

from .cmu_all import KEY as CMU_ALL
from .hundred_styles import KEY as HUNDRED_STYLES
from .known import SOURCES
from .unpack import unpack_files

_log = logging.getLogger(__name__)

TERMS: Final = "README.txt"
"""Written into a corpus's folder when all of it is there."""
LIMITS: Final = FetchLimits(largest_bytes=3 << 30, attempts=8, timeout_s=60.0)
_LARGEST_UNPACKED_BYTES: Final = 24 << 30


@dataclass(frozen=True)
class Archive:
    """A corpus that comes as one zip.

    Args:
        key: of the corpus, and its folder's name.
        url: of the zip.
        endings: of the files in it that count.
        megabytes: about how much is fetched.
    """

    key: str
    url: str
    endings: tuple[str, ...]
    megabytes: int

    @property
    def source(self) -> DataSource:
        """Whose it is, and under which terms."""
        return SOURCES[self.key]


ARCHIVES: Final[Mapping[str, Archive]] = {
    each.key: each
    for each in (
        Archive(
            HUNDRED_STYLES,
            "https://zenodo.org/records/8127870/files/100STYLE.zip?download=1",
            (".bvh", ".csv", ".txt"),
            1470,
        ),
        Archive(
            CMU_ALL,
            "https://github.com/una-dinosauria/cmu-mocap/archive/refs/heads/master.zip",
            (".bvh", ".txt"),
            800,
        ),
    )
}


def fetch_corpus(archive: Archive, data: Path, limits: FetchLimits = LIMITS) -> Path:
    """Fetch and unpack a corpus, unless it is there; its terms are shown and kept beside it.

    Args:
        archive: which.
        data: gets a folder of the corpus's key.
        limits: of the zip.

    Raises:
        DownloadError: it cannot be had, or what comes is no zip of motion capture.
        InputError: the zip is broken.
    """
    folder, source = data / archive.key, archive.source
    terms = f"{source.name}\n{source.licence}\n{source.attribution}\n{archive.url}\n"
    _log.info("%s (%s): %s", source.name, source.licence, source.attribution)
    if (folder / TERMS).is_file():
        return folder
    zipped = data / f"{archive.key}.zip"
    if not zipped.is_file():
        _log.info("fetching %s, about %d MB", archive.url, archive.megabytes)
        fetch_file(archive.url, zipped, _check_zip, limits)
    if not unpack_files(zipped, folder, archive.endings, _LARGEST_UNPACKED_BYTES):
        raise DownloadError(
            f"{zipped} holds no {', '.join(archive.endings)}; delete it, and try again"
        )
    (folder / TERMS).write_text(terms, "utf-8")
    zipped.unlink()
    return folder


def _check_zip(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        raise DownloadError(
            f"what came as {path.name.removesuffix('.partial')} is no zip; check the connection, "
            "or try later"
        )

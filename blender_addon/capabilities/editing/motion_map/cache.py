"""Windows of files that were read before, kept in the user's folder of the extension."""

from __future__ import annotations

import logging
import zipfile
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import numpy as np

from ....core.errors import ClipError
from .data import ClipPlace, FileWindows

MOST_BYTES: Final = 200_000_000
_ENDING: Final = ".npz"
_LARGEST: Final = 50_000_000  # bytes of one file: more was not written by us
_log = logging.getLogger(__name__)


class WindowCache:
    """A folder with a file for each that was read, the oldest of which go where they are too many.

    Args:
        folder: of it.
        most_bytes: that all of them may take.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most_bytes = folder, most_bytes

    def find(self, key: str) -> FileWindows | None:
        """What was kept under a key; None where nothing is, or it cannot be read."""
        path = self._path(key)
        try:
            if path.stat().st_size > _LARGEST:
                return None
            with path.open("rb") as handle, np.load(handle, allow_pickle=False) as kept:
                found = _from_arrays({name: kept[name] for name in kept.files})
            path.touch()
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, ClipError) as error:
            if path.exists():
                _log.debug("%s is read anew: %s", path, error)
            return None
        return found

    def keep(self, key: str, windows: FileWindows) -> None:
        """Keep what was made of a file; a folder that cannot be written keeps nothing."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(self._path(key), windows)
            self._make_room()
        except OSError as error:
            _log.warning("%s cannot be written, so nothing is kept: %s", self._folder, error)

    def _path(self, key: str) -> Path:
        return self._folder / (key + _ENDING)

    def _write(self, path: Path, windows: FileWindows) -> None:
        """So that a file of this name is always whole."""
        with NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as handle:
            partial = Path(handle.name)
            np.savez_compressed(handle, **_to_arrays(windows))
        partial.replace(path)

    def _make_room(self) -> None:
        files = [(each.stat(), each) for each in self._folder.glob(f"*{_ENDING}")]
        files.sort(key=lambda each: each[0].st_mtime_ns, reverse=True)
        taken = 0
        for found, path in files:
            taken += found.st_size
            if taken > self._most_bytes:
                path.unlink(missing_ok=True)


def _to_arrays(windows: FileWindows) -> dict[str, np.ndarray]:
    places = windows.places
    return {
        "names": np.array([each.name for each in places], dtype=np.str_),
        "files": np.array([each.file for each in places], dtype=np.str_),
        "labels": np.array([each.label for each in places], dtype=np.str_),
        "times": np.array([(e.first_frame, e.rate_hz) for e in places]).reshape(-1, 2),
        "latents": windows.latents.astype(np.float32),
        "clip_index": windows.clip_index.astype(np.int64),
        "start_s": windows.start_s.astype(np.float32),
    }


def _from_arrays(kept: dict[str, np.ndarray]) -> FileWindows:
    places = tuple(
        ClipPlace(str(name), str(file), float(first), float(rate), str(label))
        for name, file, label, (first, rate) in zip(
            kept["names"], kept["files"], kept["labels"], kept["times"], strict=True
        )
    )
    return FileWindows(places, kept["latents"], kept["clip_index"], kept["start_s"])

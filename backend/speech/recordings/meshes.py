"""Faces at rest: .npy, .ply, .obj, or .npz of all of them by name; a pickle is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError

Faces = tuple[tuple[int, ...], ...]
_TYPES: Final = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2",
    "ushort": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS: Final = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}
_MOST: Final = 10_000_000
_MOST_HEADER: Final = 65_536


def read_templates(
    folder: Path, speakers: Iterable[str], vertices: int
) -> tuple[dict[str, Floats], Faces]:
    """Every speaker's face at rest, (V, 3), and the faces of the mesh where a file tells them.

    Args:
        folder: with ``templates.npz`` (a name for each speaker), or with files SPEAKER.npy, .ply
            or .obj in ``templates/``.
        speakers: whose.
        vertices: V.

    Raises:
        InputError: one is missing, or of another mesh; says what to do.
    """
    kept, faces = _read_archive(folder / "templates.npz"), Faces()
    found = {}
    for speaker in speakers:
        if speaker in kept:
            template = kept[speaker]
        else:
            template, corners = read_mesh(_template_file(folder, speaker))
            faces = faces or corners
        if template.size != 3 * vertices:
            raise InputError(
                f"the template of {speaker} in {folder} has {template.size / 3:g} vertices, the "
                f"frames have {vertices}. Use templates of the same mesh"
            )
        found[speaker] = template.reshape(-1, 3).astype(np.float32)
    return found, faces


def _template_file(folder: Path, speaker: str) -> Path:
    places = [folder / "templates" / f"{speaker}{end}" for end in (".npy", ".ply", ".obj")]
    for path in places:
        if path.is_file():
            return path
    pickled = folder / "templates.pkl"
    if pickled.is_file():
        raise InputError(
            f"{pickled} is a pickle, which may run any program and is not opened here. Where you "
            'trust it, turn it into plain numbers once: python -c "import numpy, pickle; '
            "d = pickle.load(open('templates.pkl', 'rb'), encoding='latin1'); "
            "numpy.savez('templates.npz', "
            "**{k: numpy.asarray(v, 'float32') for k, v in d.items()})\""
        )
    raise InputError(
        f"there is no face at rest of {speaker}: expected {places[0]}, .ply or .obj, or "
        f"{folder / 'templates.npz'} with an array of that name"
    )


def _read_archive(path: Path) -> dict[str, Floats]:
    if not path.is_file():
        return {}
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: np.asarray(file[name], np.float32) for name in file.files}
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} is no archive of arrays ({error}). Make it again") from error


def read_mesh(path: Path) -> tuple[Floats, Faces]:
    """Vertices (V, 3) and faces of a .npy, .ply or .obj file; a .npy has no faces.

    Raises:
        InputError: the file is damaged, or of a kind not known here.
    """
    try:
        if path.suffix == ".npy":
            return np.asarray(np.load(path, allow_pickle=False), np.float32).reshape(-1, 3), ()
        if path.suffix == ".obj":
            return _read_obj(path.read_text("utf-8", errors="replace"))
        return _read_ply(path.read_bytes())
    except (ValueError, KeyError, IndexError, EOFError, TypeError) as error:
        raise InputError(
            f"{path} is no mesh that can be read ({error}). Save it again as .ply, .obj or .npy"
        ) from error


def _read_obj(text: str) -> tuple[Floats, Faces]:
    rows = [line.split() for line in text.splitlines()]
    places = [[float(word) for word in row[1:4]] for row in rows if row and row[0] == "v"]
    faces = tuple(
        tuple(_corner(word, len(places)) for word in row[1:])
        for row in rows
        if row and row[0] == "f"
    )
    return np.array(places, np.float32).reshape(-1, 3), faces


def _corner(word: str, count: int) -> int:
    """Numbers from 1, or from the end where negative."""
    number = int(word.split("/")[0])
    place = number - 1 if number > 0 else count + number
    if not 0 <= place < count:
        raise ValueError(f"a face names vertex {number} of {count}")
    return place


def _read_ply(data: bytes) -> tuple[Floats, Faces]:
    end = data.find(b"end_header", 0, _MOST_HEADER)
    if not data.startswith(b"ply") or end < 0:
        raise ValueError("it does not begin as a .ply does")
    lines = data[:end].decode("ascii", "replace").splitlines()
    body = data[data.index(b"\n", end) + 1 :]
    kind = next(line.split()[1] for line in lines if line.startswith("format"))
    elements: list[tuple[str, int, list[list[str]]]] = []
    for words in (line.split() for line in lines):
        if words[:1] == ["element"]:
            elements.append((words[1], int(words[2]), []))
        elif words[:1] == ["property"]:
            elements[-1][2].append(words[1:])
    if any(not 0 <= count <= _MOST for _, count, _ in elements):
        raise ValueError("it counts more elements than any face has")
    reader = _Text(body) if kind == "ascii" else _Binary(body, _ORDERS[kind])
    places, faces = np.zeros((0, 3), np.float32), Faces()
    for name, count, properties in elements:
        if name == "vertex":
            rows = reader.rows(count, [(p[1], p[0]) for p in properties])
            places = np.stack([rows[axis] for axis in "xyz"], -1).astype(np.float32)
        elif name == "face" and len(properties) == 1:
            _, counted, each, _ = properties[0]
            faces = reader.lists(count, counted, each)
            if any(not 0 <= corner < len(places) for face in faces for corner in face):
                raise ValueError("a face names a vertex that is not there")
        else:
            break  # nothing behind is needed
    return places, faces


class _Binary:
    """The body of a binary .ply."""

    def __init__(self, body: bytes, order: str) -> None:
        self._body, self._order, self._at = body, order, 0

    def rows(self, count: int, columns: Sequence[tuple[str, str]]) -> np.ndarray:
        dtype = np.dtype([(name, self._order + _TYPES[kind]) for name, kind in columns])
        rows = np.frombuffer(self._body, dtype, count, self._at)
        self._at += rows.nbytes
        return rows

    def lists(self, count: int, counted: str, each: str) -> Faces:
        lists = []
        for _ in range(count):
            [size] = self._numbers(counted, 1)
            lists.append(tuple(int(n) for n in self._numbers(each, int(size))))
        return tuple(lists)

    def _numbers(self, kind: str, count: int) -> np.ndarray:
        numbers = np.frombuffer(self._body, self._order + _TYPES[kind], count, self._at)
        self._at += numbers.nbytes
        return numbers


class _Text:
    """The body of an .ply in letters."""

    def __init__(self, body: bytes) -> None:
        self._lines = iter(body.decode("ascii", "replace").splitlines())

    def rows(self, count: int, columns: Sequence[tuple[str, str]]) -> np.ndarray:
        dtype = np.dtype([(name, _TYPES[kind]) for name, kind in columns])
        rows = [tuple(map(float, self._next())) for _ in range(count)]
        return np.array(rows, dtype)

    def lists(self, count: int, counted: str, each: str) -> Faces:
        del counted, each  # letters have no width
        return tuple(tuple(map(int, self._next()[1:])) for _ in range(count))

    def _next(self) -> list[str]:
        line = next(self._lines, None)
        if line is None:
            raise EOFError("it breaks off")
        return line.split()

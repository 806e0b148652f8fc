"""The published human mouth at the moments of a sentence that the eye looks for, on one sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from backend.phonetics.phones import VOWELS, signs_of, visible_kind
from backend.rigs.body import Base, read_base
from blender_addon.core.conventions import Floats, Ints

from .mesh_lips import OPEN, SHUT, MouthMesh, read_offsets
from .metrics import Spoken

_SURFACES: Final = {
    "body": (0.86, 0.66, 0.57),
    "helper-upper-teeth": (0.96, 0.94, 0.90),
    "helper-lower-teeth": (0.96, 0.94, 0.90),
    "helper-tongue": (0.75, 0.36, 0.36),
}
_HALF_WIDTH_M, _ABOVE_M, _BELOW_M = 0.042, 0.032, 0.062
_LIGHT: Final = np.array([-0.35, -0.8, 0.5])
_DARK_BEHIND_M: Final = 0.022
_COLUMNS: Final = 8
_ROUNDED: Final = 0.5
_KINDS: Final = {"bilabial": "#b3261e", "open": "#1f5fbf", "rounded": "#7a3fb0"}


@dataclass(frozen=True, eq=False)
class Still:
    """One moment.

    Args:
        kind: bilabial, open or rounded.
        label: phone and time.
        curves: (52,).
    """

    kind: str
    label: str
    curves: Floats


def choose_stills(spoken: Spoken, mouth: MouthMesh) -> list[Still]:
    """Each /p b m/ where its lips come closest, each open and each rounded vowel at its middle."""
    gap = mouth.gap(spoken.curves)
    track, stills = spoken.track, []
    half_s = 0.5 * float(np.median(np.diff(spoken.times_s)))
    for name, start, end in zip(track.names, track.starts_s, track.ends_s, strict=True):
        kind = _kind(name)
        inside = (spoken.times_s >= start - half_s) & (spoken.times_s < end + half_s)
        if kind and inside.any():
            frames = np.flatnonzero(inside)
            frame = frames[gap[frames].argmin()] if kind == "bilabial" else frames[len(frames) // 2]
            label = f"{name}  {spoken.times_s[frame]:.2f} s"
            stills.append(Still(kind, label, spoken.curves[frame]))
    return stills


def _kind(name: str) -> str:
    signs = signs_of(name)
    if not signs:
        return ""
    rounded = signs[0] == "w" or (signs[0] in VOWELS and VOWELS[signs[0]].rounding >= _ROUNDED)
    return {"bilabial": "bilabial", "open_vowel": "open"}.get(
        visible_kind(name), "rounded" if rounded else ""
    )


def draw_stills(
    target: Path, title: str, stills: Sequence[Still], human: Path, mouth: MouthMesh
) -> None:
    """Draw and save a sheet, as PNG or JPEG by its name.

    Args:
        target: file to write; its folder is made.
        title: over the sheet.
        stills: moments, in order.
        human: folder of the published body.
        mouth: its lips, to say which are shut.
    """
    base = read_base(human)
    offsets = read_offsets(human, len(base.vertices))
    rows = -(-len(stills) // _COLUMNS)
    figure = Figure(figsize=(2.0 * _COLUMNS, 2.55 * rows + 0.4), dpi=80, layout="constrained")
    figure.suptitle(title)
    for axes in np.atleast_1d(figure.subplots(rows, _COLUMNS)).ravel():
        axes.set_axis_off()
    for axes, still in zip(figure.axes, stills, strict=False):
        vertices = base.vertices + np.tensordot(still.curves, offsets, 1)
        _draw_mouth(axes, base, vertices)
        gap = float(mouth.gap(still.curves[None])[0])
        said = "shut" if gap <= SHUT else "open" if gap > OPEN else "nearly shut"
        told = f"\n{said} ({gap:.2f})" if still.kind == "bilabial" else f"\n{still.kind}"
        axes.set_title(still.label + told, fontsize=9, color=_KINDS[still.kind])
    target.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_figure(str(target))


def _draw_mouth(axes: Any, base: Base, vertices: Floats) -> None:
    """Faces seen from the front, the farthest first."""
    centre = _mouth_centre(base)
    polygons, colours, depths = [], [], []
    for corners, colour in _surfaces(base, centre):
        places = vertices[corners]
        normals = np.cross(places[:, 2] - places[:, 0], places[:, 3] - places[:, 1])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
        seen = normals[:, 1] < 0.0
        depth = places[:, :, 1].mean(1)
        light = 0.35 + 0.65 * np.clip(normals @ (_LIGHT / np.linalg.norm(_LIGHT)), 0.0, 1.0)
        within = np.abs(base.vertices[corners].mean(1) - centre) < (0.028, 0.06, 0.025)
        behind = np.clip(1.0 - (depth - centre[1] - 0.006) / _DARK_BEHIND_M, 0.05, 1.0)
        behind[~within.all(1)] = 1.0
        polygons.append(places[seen][:, :, [0, 2]])
        colours.append(np.clip((light * behind)[seen, None] * np.array(colour), 0.0, 1.0))
        depths.append(depth[seen])
    order = np.argsort(-np.concatenate(depths))
    shades = np.concatenate(colours)[order]
    faces = PolyCollection(
        np.concatenate(polygons)[order], facecolors=shades, edgecolors=shades, linewidths=0.4
    )
    axes.add_collection(faces)
    axes.set_xlim(-_HALF_WIDTH_M, _HALF_WIDTH_M)
    axes.set_ylim(centre[2] - _BELOW_M, centre[2] + _ABOVE_M)
    axes.set_aspect("equal")


def _mouth_centre(base: Base) -> Floats:
    """Between the teeth, at their front."""
    teeth = np.concatenate([base.groups[f"helper-{side}-teeth"] for side in ("upper", "lower")])
    places = base.vertices[teeth]
    return np.array([0.0, places[:, 1].min(), places[:, 2].mean()])


def _surfaces(base: Base, centre: Floats) -> Iterator[tuple[Ints, tuple[float, float, float]]]:
    """Faces near the mouth, with their colour."""
    for name, colour in _SURFACES.items():
        corners = np.array(base.faces[name])
        middle = base.vertices[corners].mean(1)
        near = np.abs(middle - centre) < (0.08, 0.06, 0.09)
        yield corners[near.all(1)], colour

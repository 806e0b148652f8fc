"""Ground to train on: fitted under recordings, or invented and walked on by edited motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import gaussian_filter

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain
from blender_addon.core.motion.common_skeleton import PLANTED_HEIGHTS_M

_SPACING_M = 0.1
_MARGIN_M = 2.0


@dataclass(frozen=True)
class Stairs:
    """Flights of steps along a direction, landings before and after.

    Args:
        origin_xz: foot of the stairs.
        heading_rad: the way up (or down, for a negative rise).
        rise_m, run_m: of one step.
        steps: how many.
    """

    origin_xz: tuple[float, float]
    heading_rad: float
    rise_m: float
    run_m: float
    steps: int

    def heights(self, xz: Floats) -> Floats:
        """See Terrain."""
        way = np.asarray(xz) - np.asarray(self.origin_xz)
        along = way[..., 0] * np.sin(self.heading_rad) + way[..., 1] * np.cos(self.heading_rad)
        return self.rise_m * np.clip(np.floor(along / self.run_m) + 1, 0, self.steps)


def random_terrain(rng: np.random.Generator, root_xz: Floats) -> Terrain:
    """Ground for a walk along ``root_xz`` (T, 2): half of it flat, else bumps and slopes.

    Stairs have a kind of sequences of their own: nobody walks up them at any pace.
    """
    kind = rng.choice(["flat", "bumps", "slope", "rough"], p=[0.5, 0.25, 0.18, 0.07])
    if kind == "flat":
        return FlatTerrain()
    origin, shape = _cover(root_xz)
    if kind == "bumps":
        samples = _bumps(rng, shape, rng.uniform(0.08, 0.4), rng.uniform(0.6, 2.0))
    elif kind == "rough":
        samples = _bumps(rng, shape, 0.04, 0.2) + _bumps(rng, shape, 0.1, 1.5)
    else:
        samples = _slope(rng, origin, shape)
    return HeightField(origin, _SPACING_M, samples)


def _cover(root_xz: Floats) -> tuple[Floats, tuple[int, int]]:
    """Origin and sample count of a grid over a track and its surroundings."""
    low, high = root_xz.min(axis=0) - _MARGIN_M, root_xz.max(axis=0) + _MARGIN_M
    nx, nz = np.ceil((high - low) / _SPACING_M).astype(int) + 1
    return low, (int(nx), int(nz))


def _bumps(rng: np.random.Generator, shape: tuple[int, int], height: float, size: float) -> Floats:
    """Smooth noise whose largest deviation is ``height`` and whose blobs are ``size`` metres."""
    noise = gaussian_filter(rng.standard_normal(shape), size / _SPACING_M, mode="wrap")
    return height * noise / max(float(np.abs(noise).max()), 1e-9)


def _slope(rng: np.random.Generator, origin: Floats, shape: tuple[int, int]) -> Floats:
    """Ramps up to 20 degrees between level stretches, rounded at their edges."""
    x = origin[0] + _SPACING_M * np.arange(shape[0])[:, None]
    z = origin[1] + _SPACING_M * np.arange(shape[1])[None]
    heading = rng.uniform(-np.pi, np.pi)
    along = x * np.sin(heading) + z * np.cos(heading)
    length = rng.uniform(3.0, 8.0)
    wave = np.abs((along / length + rng.random()) % 2 - 1) * length
    level = np.clip(wave, 0.15 * length, 0.85 * length)
    return gaussian_filter(np.tan(np.radians(rng.uniform(4, 20))) * level, 2.0)


def fit_terrain(
    rng: np.random.Generator, foot_positions: Floats, contacts: Bools, roughness_m: float
) -> HeightField:
    """A ground that a recorded motion can have been made on.

    Args:
        rng: decides the ground between the contacts.
        foot_positions: (T, 4, 3) left heel, left toe, right heel, right toe.
        contacts: (T, 4).
        roughness_m: height of the invented bumps between contacts.

    Returns:
        A height field that passes through every contact.

    Source: Holden et al. 2017, section 5.2: contact heights are constraints, the residual is
    spread by radial basis functions. Patches are invented instead of cut from a game's maps.
    """
    places = []
    for foot in range(4):
        for start, stop in spans(contacts[:, foot]):
            place = np.median(foot_positions[start:stop, foot], axis=0)
            places.append([place[0], place[1] - PLANTED_HEIGHTS_M[foot], place[2]])
    points = np.array(places, np.float64)
    origin, shape = _cover(points[:, [0, 2]])
    bumps = HeightField(origin, _SPACING_M, _bumps(rng, shape, roughness_m, 0.5))
    residual = points[:, 1] - bumps.heights(points[:, [0, 2]])
    spread = RBFInterpolator(
        points[:, [0, 2]], residual, neighbors=24, kernel="linear", smoothing=1e-3
    )
    x = origin[0] + _SPACING_M * np.arange(shape[0])
    z = origin[1] + _SPACING_M * np.arange(shape[1])
    grid = np.stack(np.meshgrid(x, z, indexing="ij"), axis=-1).reshape(-1, 2)
    return HeightField(origin, _SPACING_M, bumps.samples + spread(grid).reshape(shape))

"""``prepare locomotion``: recordings to training sequences, resumable."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Unpack

import click
import numpy as np
from rich.progress import track

from backend.mocap.cmu_command import DownloadOptions, download_if_desired, download_options
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.errors import InputError
from blender_addon.core.ground.terrain import FlatTerrain, Terrain

from .footsteps.directions import Directions, step_along
from .footsteps.profiles import FacingProfile, random_facing, random_pivots, random_standing
from .footsteps.treads import climb
from .loops import Loop, extend
from .mirror_take import MirroredTerrain, mirror_take
from .profiles import random_profile, random_turns
from .sources import Source, find_sources, read_take, read_uneven_take
from .standing.idle import Standing
from .standing.recorded import read_idles
from .synthesis import Walks, bend, change_pace, synthesise
from .takes import Take
from .terrains import random_terrain
from .windows import Sequence, take_to_sequence

_log = logging.getLogger(__name__)
PREPARED = Path(".build/locomotion")
"""Where prepared sequences go unless told otherwise."""
_EXTENSION_S = 1.4
_SYNTHETIC_S = 16.0
_PACE_GAP_M_S = 0.25
_KIND_WEIGHTS = {
    "captured": 24.0,
    "uneven": 2.0,
    "bent": 3.0,
    "blended": 0.7,
    "facing": 0.6,
    "pivots": 0.5,
    "standing": 2.0,
    "stairs": 0.6,
}
"""How often a frame is drawn in training: what was recorded counts more than what was made."""

_STEPPED: dict[str, Callable[[np.random.Generator, float], FacingProfile]] = {
    "facing": random_facing,
    "pivots": random_pivots,
    "standing": random_standing,
}


@dataclass(frozen=True)
class Recipe:
    """One training sequence, repeatable from these words alone.

    Args:
        split: train or val.
        kind: captured, bent, uneven, or one of Amounts that is made of a walk.
        source: index of the recording within its split, or of the walk.
        seed: of everything random in it.
        mirrored: left and right exchanged.
    """

    split: str
    kind: str
    source: int
    seed: int
    mirrored: bool

    @property
    def file_name(self) -> str:
        """Where the sequence is kept."""
        side = "m" if self.mirrored else "o"
        return f"{self.kind}_{self.source:03d}_{self.seed:04d}{side}.npz"


@dataclass(frozen=True)
class Amounts:
    """How many variations of each kind to make.

    Args:
        bent: of each captured walk.
        blended: sequences altogether, each of 16 s.
        uneven: grounds fitted under each recording on uneven ground.
        facing: sequences altogether, each of 16 s, that go backward, sideways and askew.
        pivots: the same that turn on the spot.
        standing: the same that stand.
        stairs: flights of stairs taken tread by tread.
    """

    bent: int = 5
    blended: int = 200
    uneven: int = 4
    facing: int = 110
    pivots: int = 40
    standing: int = 20
    stairs: int = 60


MADE_OF_A_WALK = ("blended", "facing", "pivots", "standing", "stairs")
"""Kinds of which an amount is the number altogether; held out is a tenth of it."""


def plan_recipes(sources: list[Source], split: str, amounts: Amounts) -> list[Recipe]:
    """Everything to make, in an order that does not depend on the machine."""
    recipes = []
    for index, source in enumerate(sources):
        if source.label == "uneven":
            kinds = [("uneven", amounts.uneven)]
        else:
            kinds = [("captured", 1), ("bent", amounts.bent)]
        recipes += [(kind, index, seed) for kind, count in kinds for seed in range(count)]
    walks = [n for n, source in enumerate(sources) if source.label == "walk"]
    for kind in MADE_OF_A_WALK if walks else ():
        amount = getattr(amounts, kind)
        share = amount if split == "train" else amount // 10
        recipes += [(kind, walks[n % len(walks)], n) for n in range(share)]
    return [Recipe(split, *recipe, mirrored) for recipe in recipes for mirrored in (False, True)]


class Studio:
    """Recordings read once, and what can be made of them."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._sources = {split: find_sources(data, split) for split in ("train", "val")}
        self.styles = [source.name for source in self._sources["train"]]
        self.idles = read_idles(data)

    def _style(self, source: Source) -> int:
        """Its number in the table of styles; −1 for a held-out recording."""
        return self.styles.index(source.name) if source.name in self.styles else -1

    def sources(self, split: str) -> list[Source]:
        """Recordings of a split."""
        return self._sources[split]

    @lru_cache(maxsize=256)  # noqa: B019 - one studio lives as long as its process
    def take(self, split: str, index: int) -> Take:
        """A recording as a take."""
        source = self._sources[split][index]
        return read_take(source, self._style(source))

    @lru_cache(maxsize=256)  # noqa: B019 - see above
    def loop(self, split: str, index: int) -> Loop | None:
        """Its whole cycles."""
        return Loop.from_take(self.take(split, index))

    def loops(self, split: str, label: str) -> list[Loop]:
        """All loops of a label."""
        numbers = [n for n, s in enumerate(self._sources[split]) if s.label == label]
        return [loop for n in numbers if (loop := self.loop(split, n)) is not None]

    @lru_cache(maxsize=256)  # noqa: B019 - see above
    def directions(self, split: str, index: int) -> Directions | None:
        """Its whole cycles, forward and backward."""
        return Directions.from_take(self.take(split, index))

    def make(self, recipe: Recipe) -> tuple[Take, Terrain] | None:
        """The take of a recipe and the ground it walks on; None if the recording is too short."""
        rng = np.random.default_rng([recipe.seed, recipe.source, len(recipe.kind)])
        take, terrain = self._make(recipe, rng)
        if take is None:
            return None
        if recipe.kind != "uneven":  # there the lowest foot does not say where the ground is
            take = take.with_straight_knees(terrain)
        if recipe.mirrored:
            return mirror_take(take), MirroredTerrain(terrain)
        return take, terrain

    def _make(self, recipe: Recipe, rng: np.random.Generator) -> tuple[Take | None, Terrain]:
        if recipe.kind == "uneven":
            source = self._sources[recipe.split][recipe.source]
            return read_uneven_take(source, self._style(source), rng, rng.uniform(0, 0.06))
        if recipe.kind == "blended":
            return self._blend(recipe, rng)
        if recipe.kind == "stairs":
            return self._climb(recipe, rng)
        if recipe.kind in _STEPPED:
            return self._step(recipe, rng)
        take = self._extended(recipe.split, recipe.source)
        if take is None or recipe.kind == "captured":
            return take, FlatTerrain()
        take = change_pace(take, float(rng.uniform(0.87, 1.15)))
        take = bend(take, random_turns(rng, take.frame_count, take.speeds_m_s()))
        terrain = random_terrain(rng, take.root_xz)
        return take.with_feet_locked(terrain), terrain

    def _extended(self, split: str, index: int) -> Take | None:
        """A recording with enough before and after it for whole trajectory windows."""
        take, loop = self.take(split, index), self.loop(split, index)
        if self._sources[split][index].label == "turn":
            return take  # long enough, and no loop of it goes straight on
        return None if loop is None else extend(take, loop, _EXTENSION_S).with_feet_locked()

    def _step(self, recipe: Recipe, rng: np.random.Generator) -> tuple[Take | None, Terrain]:
        walk, idle = self.directions(recipe.split, recipe.source), self._pick_idle(rng)
        if walk is None:
            return None, FlatTerrain()
        profile = _STEPPED[recipe.kind](rng, _SYNTHETIC_S)
        take = step_along(profile, walk, idle, rng.uniform(0, 2 * np.pi), recipe.file_name)
        return take.with_feet_locked(), FlatTerrain()

    def _climb(self, recipe: Recipe, rng: np.random.Generator) -> tuple[Take | None, Terrain]:
        walk = self.directions(recipe.split, recipe.source)
        made = walk and climb(rng, walk, self._pick_idle(rng), recipe.file_name)
        if not made:
            return None, FlatTerrain()
        take, stairs = made
        return take.with_feet_locked(stairs), stairs

    def _pick_idle(self, rng: np.random.Generator) -> Standing:
        return self.idles[rng.integers(len(self.idles))]

    def _blend(self, recipe: Recipe, rng: np.random.Generator) -> tuple[Take | None, Terrain]:
        walks, runs = self._walks(recipe, rng), self.loops("train", "run")
        if walks is None or not runs:
            return None, FlatTerrain()
        run, idle = runs[rng.integers(len(runs))], self._pick_idle(rng)
        profile = random_profile(rng, _SYNTHETIC_S)
        take = synthesise(profile, walks, run, idle, rng.uniform(0, 2 * np.pi), recipe.file_name)
        terrain = random_terrain(rng, take.root_xz)
        return take.with_feet_locked(terrain), terrain

    def _walks(self, recipe: Recipe, rng: np.random.Generator) -> Walks | None:
        """The recipe's walk with a partner of another pace, if one is clearly faster or slower."""
        walk = self.loop(recipe.split, recipe.source)
        if walk is None:
            return None
        others = [
            other
            for other in self.loops(recipe.split, "walk")
            if abs(other.speed_m_s - walk.speed_m_s) > _PACE_GAP_M_S
        ]
        partner = others[rng.integers(len(others))] if others else walk
        slow, fast = sorted((walk, partner), key=lambda loop: loop.speed_m_s)
        return Walks(slow, fast, walk.take.style)


_studio: Studio | None = None


def _open_studio(data: Path) -> None:
    global _studio
    _studio = Studio(data)


def _make_file(recipe: Recipe, folder: Path) -> int:
    """Make one sequence, written in one piece; returns its frame count."""
    if _studio is None:
        raise RuntimeError("a worker was started without its studio")
    made = _studio.make(recipe)
    sequence = take_to_sequence(*made) if made else None
    if sequence is None:
        return 0
    weight = _KIND_WEIGHTS[recipe.kind]
    _save(sequence, weight, folder / recipe.split / recipe.file_name)
    return len(sequence.phase_rad)


def _save(sequence: Sequence, weight: float, path: Path) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(
            file,
            trajectory=sequence.trajectory,
            outputs=sequence.outputs,
            phase=sequence.phase_rad,
            style=np.int64(sequence.style),
            weight=np.float64(weight),
        )
    partial.replace(path)


def prepare(data: Path, out: Path, amounts: Amounts, workers: int = 2) -> int:
    """Make all sequences that are not there yet; returns how many frames were added.

    Args:
        data: folder with ``cmu``: recordings and their ``clips.csv``.
        out: where sequences, styles and the record of amounts go.
        amounts: how much of each kind.
        workers: processes.

    Raises:
        InputError: ``out`` holds sequences of other recordings.
    """
    studio = Studio(data)
    _check_same_recordings(out, studio)
    recipes = [
        recipe
        for split in ("train", "val")
        for recipe in plan_recipes(studio.sources(split), split, amounts)
    ]
    for split in ("train", "val"):
        (out / split).mkdir(parents=True, exist_ok=True)
    (out / "styles.json").write_text(json.dumps(studio.styles), "utf-8")
    record = _record(studio, recipes, amounts)
    (out / "prepared.json").write_text(json.dumps(record, indent=1), "utf-8")
    missing = [r for r in recipes if not (out / r.split / r.file_name).exists()]
    with ProcessPoolExecutor(workers, initializer=_open_studio, initargs=(data,)) as pool:
        counts: Iterator[int] = pool.map(_make_file, missing, [out] * len(missing), chunksize=4)
        return sum(track(counts, description="Preparing", total=len(missing)))


def _recordings(studio: Studio) -> dict[str, list[str]]:
    return {split: [s.name for s in studio.sources(split)] for split in ("train", "val")}


def _check_same_recordings(out: Path, studio: Studio) -> None:
    """Files are named by a recording's number: among others the same name means another one."""
    path = out / "prepared.json"
    kept = json.loads(path.read_text("utf-8")).get("recordings") if path.exists() else None
    if kept not in (None, _recordings(studio)):
        raise InputError(
            f"{out} was prepared from other recordings than are in the data now; "
            "delete it or choose another folder with --out"
        )


def _record(studio: Studio, recipes: list[Recipe], amounts: Amounts) -> dict[str, object]:
    text = json.dumps([asdict(recipe) for recipe in recipes])
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {
        "amounts": asdict(amounts),
        "recipes": len(recipes),
        "sha256": digest,
        "recordings": _recordings(studio),
    }


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=PREPARED)
@click.option("--bent", default=Amounts.bent, help="Variations of each captured walk.")
@click.option("--blended", default=Amounts.blended, help="Blended sequences of 16 s.")
@click.option("--uneven", default=Amounts.uneven, help="Grounds under each uneven recording.")
@click.option("--facing", default=Amounts.facing, help="Sequences askew, sideways, backward.")
@click.option("--pivots", default=Amounts.pivots, help="Sequences that turn on the spot.")
@click.option("--standing", default=Amounts.standing, help="Sequences that stand.")
@click.option("--stairs", default=Amounts.stairs, help="Flights taken tread by tread.")
@click.option("--workers", default=2, help="Processes.")
@download_options
def command(
    data: Path,
    out: Path,
    bent: int,
    blended: int,
    uneven: int,
    facing: int,
    pivots: int,
    standing: int,
    stairs: int,
    workers: int,
    **download: Unpack[DownloadOptions],
) -> None:
    """Make the training set of the locomotion model."""
    download_if_desired(data, **download)
    amounts = Amounts(bent, blended, uneven, facing, pivots, standing, stairs)
    frames = prepare(data, out, amounts, workers)
    click.echo(f"{frames} frames added, {frames / MODEL_FRAME_RATE_HZ / 60:.1f} minutes, in {out}")

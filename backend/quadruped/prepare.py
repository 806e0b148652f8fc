"""``prepare quadruped``: training sequences by synthesis, seeded, parallel, resumable."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from rich.progress import track

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.errors import InputError
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.quadruped.plan_making import plan_request

from .bodies import NamedBody, find_bodies
from .grounds import random_ground
from .manner import Styles
from .scenes import KINDS, draw_request, is_even
from .sequence import Sequence
from .standing import Stills, read_stills
from .store import load_sequence, save_sequence, write_index
from .styles import read_styles
from .synthesis import synthesise

_log = logging.getLogger(__name__)
DATA: Final = Path("../shared/data/quadruped")
PREPARED: Final = Path(".build/quadruped")
"""Where prepared sequences go unless told otherwise."""

_MEAN_S: Final = 27.0
_SHARES: Final = {"train": 0.88, "val": 0.07, "test": 0.05}
_SPLIT_NUMBERS: Final = {"train": 0, "val": 1, "test": 2}


@dataclass(frozen=True)
class Recipe:
    """One sequence, repeatable from these words alone.

    Args:
        split: train, val or test.
        kind: of ``scenes.KINDS``.
        number: within its split.
        seed: of the whole set.
    """

    split: str
    kind: str
    number: int
    seed: int

    @property
    def name(self) -> str:
        """Unique within a set."""
        return f"{self.split}_{self.number:05d}_{self.kind}"

    def rng(self) -> np.random.Generator:
        """Its own random numbers; no two splits share a seed."""
        return np.random.default_rng((self.seed, _SPLIT_NUMBERS[self.split], self.number))


def plan_recipes(hours: float, seed: int) -> list[Recipe]:
    """Everything to make for so many hours, in an order that does not depend on the machine."""
    recipes: list[Recipe] = []
    for split, share in _SHARES.items():
        count = max(int(np.ceil(share * hours * 3600 / _MEAN_S)), 2)
        rng = np.random.default_rng((seed, 77, _SPLIT_NUMBERS[split]))
        kinds = rng.choice(
            list(KINDS), count, p=np.array(list(KINDS.values())) / sum(KINDS.values())
        )
        recipes += [Recipe(split, str(kind), n, seed) for n, kind in enumerate(kinds)]
    return recipes


class Studio:
    """What all sequences are made from, read once."""

    def __init__(self, data: Path) -> None:
        if not (data / "animals" / "clips.csv").exists():
            raise InputError(
                f"{data} has no animals/clips.csv. Give the folder data/quadruped with --data"
            )
        self.styles: Styles = read_styles(data)
        self.stills: Stills = read_stills(data)
        self._bodies: dict[str, list[NamedBody]] = {}
        for body in find_bodies(data):
            self._bodies.setdefault(body.split, []).append(body)

    def make(self, recipe: Recipe) -> Sequence:
        """The sequence of a recipe."""
        rng = recipe.rng()
        bodies = self._bodies[recipe.split]
        named = bodies[recipe.number % len(bodies)]
        request = draw_request(recipe.kind, named.body, FlatTerrain(), rng)
        assert request.path is not None  # noqa: S101
        places = np.asarray(request.path.points)[:, [0, 2]]
        fastest = float(request.path.speeds_m_s.max())
        ground = FlatTerrain() if is_even(recipe.kind) else random_ground(places, fastest, rng)
        request = replace(request, terrain=ground)
        plan = plan_request(request)
        return synthesise(
            plan,
            named.body,
            named.name,
            ground,
            self.styles,
            self.stills,
            rng,
            recipe.name,
            recipe.split,
        )


@lru_cache(maxsize=2)
def open_studio(data: Path) -> Studio:
    """The studio of a folder data/quadruped, opened once a process."""
    return Studio(data)


def prepare_one(data: Path, folder: Path, recipe: Recipe) -> dict[str, Any] | str:
    """Make one sequence unless it is there; its row of the index, or why there is none.

    Args:
        data: the folder data/quadruped.
        folder: where sequences go.
        recipe: what to make.
    """
    path = folder / f"{recipe.name}.npz"
    try:
        sequence = _there(path) or _made(data, path, recipe)
    except (InputError, ValueError, FloatingPointError) as error:
        return f"{recipe.name}: {error}"
    return {
        "file": path.name,
        "body": sequence.body_name,
        "frames": sequence.clip.frame_count,
        **asdict(recipe),
    }


def _there(path: Path) -> Sequence | None:
    return load_sequence(path) if path.exists() else None


def _made(data: Path, path: Path, recipe: Recipe) -> Sequence:
    sequence = open_studio(data).make(recipe)
    save_sequence(sequence, path)
    return sequence


def prepare(data: Path, folder: Path, hours: float, jobs: int, seed: int) -> list[dict[str, Any]]:
    """Make a training set; what is there already is kept.

    Args:
        data: the folder data/quadruped.
        folder: where sequences and the index go.
        hours: of the model's time, all splits together.
        jobs: processes.
        seed: of everything.

    Returns:
        The rows of the index.

    Raises:
        InputError: the data are not there, or no sequence could be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    recipes = plan_recipes(hours, seed)
    rows: list[dict[str, Any]] = []
    for made in track(_all(data, folder, recipes, jobs), "prepare", total=len(recipes)):
        if isinstance(made, str):
            _log.warning("left out: %s", made)
        else:
            rows.append(made)
    if not rows:
        raise InputError("no sequence could be made; see the warnings above")
    write_index(folder, sorted(rows, key=lambda row: str(row["file"])))
    return rows


def _all(
    data: Path, folder: Path, recipes: list[Recipe], jobs: int
) -> Iterator[dict[str, Any] | str]:
    if jobs <= 1:
        for recipe in recipes:
            yield prepare_one(data, folder, recipe)
        return
    with ProcessPoolExecutor(jobs) as pool:
        count = len(recipes)
        yield from pool.map(prepare_one, [data] * count, [folder] * count, recipes, chunksize=4)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
@click.option("--hours", type=click.FloatRange(0.001, 100), default=3.0, show_default=True)
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def command(data: Path, out: Path, hours: float, jobs: int, seed: int) -> None:
    """Make four-legged motion to learn from, by synthesis from laws of gait and free loops."""
    rows = prepare(data.resolve(), out, hours, jobs, seed)
    seconds = sum(row["frames"] for row in rows) / MODEL_FRAME_RATE_HZ
    click.echo(f"{len(rows)} sequences, {seconds / 3600:.2f} hours in {out}")

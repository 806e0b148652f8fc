"""``python -m backend evaluate gaze``: both networks, their baselines, and the finished gaze."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from backend.model_option import model_option
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.gaze.events import ROLES
from blender_addon.core.gaze.pipeline import BEHAVIOUR_TASK, EYE_HEAD_TASK
from blender_addon.core.inference.session import ModelSession

from .baselines import BASELINES, fit_baselines
from .baselines import event_losses as baseline_losses
from .by_size import OURS, WHOLE, measure_sizes, shift_sizes_deg
from .conversation import Recording, read_recordings
from .eye_head_data import find_eyehead
from .generation import event_losses, generate_from_session
from .metrics import Looks, measure_looks, observe, observe_roles
from .pictures import draw_looks
from .prepare import DATA, ROOT, conversation_folder
from .report import DEFINITIONS, print_gaze
from .turn_taking import measure_characters, measure_people

_log = logging.getLogger(__name__)
MODELS = ROOT / "onnx_models"
BEHAVIOUR, EYE_HEAD = "gaze_behaviour.onnx", "gaze_eye_head.onnx"
TASKS = (BEHAVIOUR_TASK, EYE_HEAD_TASK)
HEADLINE = (
    "gain_ge5_over_best_nat",
    "gain_lt1_over_cache_nat",
    "turn_taking_auc",
    "turn_taking_auc_data",
    "eye_over_formula",
)
_CHARACTERS, _SECONDS = 10, 60.0


@dataclass(frozen=True)
class People:
    """Who is who to a model.

    Args:
        unseen: to measure on.
        trained: the model and the baselines were made of them.
        validated: sizes of baselines are chosen by them.
    """

    unseen: list[Recording]
    trained: list[Recording]
    validated: list[Recording]


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write measures.")
@click.option(
    "--models",
    type=click.Path(path_type=Path),
    default=MODELS,
    show_default=True,
    help=f"Folder of {BEHAVIOUR} and {EYE_HEAD}.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=DATA,
    show_default=True,
    help="Recordings to measure on: gaze/conversation and gaze/eyehead, or either folder itself.",
)
@click.option(
    "--trained-data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA,
    show_default=True,
    help="Recordings the model was trained on, for the baselines.",
)
@model_option("gaze")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw fixations to this PNG.")
@click.option("--folds", default=0, help="Also train so many times, every time without others.")
@click.option("--fold-minutes", default=60.0, help="Time budget of each of these trainings.")
@click.option("--seed", default=0, help="Of what is generated.")
def command(
    json_path: Path | None,
    models: Path,
    data: Path,
    trained_data: Path,
    task: str | None,
    picture: Path | None,
    folds: int,
    fold_minutes: float,
    seed: int,
) -> None:
    """Measure gaze: likelihoods, distributions, eye and head, saccades."""
    started = time.perf_counter()
    results: dict[str, Any] = {}
    tasks = tasks_to_measure(task, data)
    if BEHAVIOUR_TASK in tasks:
        people = tell_apart(ModelSession(models / BEHAVIOUR), data, trained_data)
        results["behaviour"] = evaluate_behaviour(models / BEHAVIOUR, people, picture, seed)
        results["behaviour"] |= measure_people(people.unseen)
        if (models / EYE_HEAD).is_file():
            results["behaviour"] |= measure_characters(models / BEHAVIOUR, models / EYE_HEAD)
        if folds:
            from .folds import cross_validate

            everybody = people.trained + people.validated
            results["folds"] = cross_validate(everybody, folds, fold_minutes)
    if EYE_HEAD_TASK in tasks:
        from .evaluate_eye_head import evaluate_eye_head

        results["eye_head"] = evaluate_eye_head(models / EYE_HEAD, data, trained_data)
    if task is None:
        from .main_sequence import measure_main_sequence

        results |= measure_main_sequence(models / BEHAVIOUR, models / EYE_HEAD)
    results |= _headline(results)
    results |= {"definitions": DEFINITIONS, "seconds": round(time.perf_counter() - started, 1)}
    print_gaze(results)
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", "utf-8")


def _headline(results: dict[str, Any]) -> dict[str, Any]:
    """The measures first asked for, out of those of each network."""
    names = (*HEADLINE, *(f"direction_{name}" for name in HEADLINE if name.endswith("_nat")))
    found = results.get("behaviour", {}) | results.get("eye_head", {})
    return {name: found[name] for name in names if name in found}


def tasks_to_measure(task: str | None, data: Path) -> tuple[str, ...]:
    """Which networks to measure: those asked for, of both those that there are recordings for."""
    if task is not None:
        return (task,)
    lies_here = conversation_folder(data) != data, find_eyehead(data) != data
    if any(lies_here):
        found = [name for name, here in zip(TASKS, lies_here, strict=True) if here]
    else:
        found = [BEHAVIOUR_TASK if _holds_roles(data) else EYE_HEAD_TASK]
    for name in sorted(set(TASKS) - set(found)):
        _log.warning("%s holds no recordings to measure %s on; it is left out", data, name)
    return tuple(found)


def _holds_roles(folder: Path) -> bool:
    """Whether the CSV files right in a folder are of conversations."""
    first = next(iter(sorted(folder.glob("*.csv"))), None)
    if first is None:
        return True
    with first.open(encoding="utf-8") as file:
        return "role" in file.readline().strip().split(",")


def tell_apart(session: ModelSession, data: Path, trained_data: Path) -> People:
    """People a model never saw, and those it was made of, known by what their files hold.

    Raises:
        InputError: everybody in ``data`` was trained on.
    """
    made_of = set(session.contract.setting("trained_on").values())
    chosen_by = set(session.contract.setting("validated_with").values())
    found = read_recordings(conversation_folder(data))
    unseen = [each for each in found if each.sha256 not in made_of]
    if not unseen:
        raise InputError(
            f"all {len(found)} people of {data} were trained on; a measure of a model needs "
            "people it never saw; choose other recordings with --data"
        )
    inner = conversation_folder(trained_data)
    known = read_recordings(inner) if inner.is_dir() else []
    trained = [each for each in known if each.sha256 in made_of]
    if len(trained) < len(made_of):
        _log.warning(
            "only %d of %d people trained on are in %s; baselines and floor know less than the "
            "model; name their folder with --trained-data",
            len(trained), len(made_of), trained_data,
        )  # fmt: skip
    validated = [each for each in known if each.sha256 in chosen_by]
    return People(unseen, trained, validated or unseen)


def evaluate_behaviour(
    model: Path, people: People, picture: Path | None = None, seed: int = 0
) -> dict[str, Any]:
    """Measures of the network of behaviour, by the names of DEFINITIONS.

    Args:
        model: gaze_behaviour.onnx.
        people: see there.
        picture: PNG to draw.
        seed: of what is generated.
    """
    session = ModelSession(model)
    _log.info("predicting %s", ", ".join(each.name for each in people.unseen))
    ours = event_losses(session, people.unseen)
    losses, chosen = _measure_baselines(people)
    losses[OURS] = np.concatenate(ours)
    results: dict[str, Any] = {"nll": float(losses[OURS][:, WHOLE].mean())}
    results |= {
        f"nll_{name}": float(losses[name][:, WHOLE].mean()) if name in losses else None
        for name in BASELINES
    }
    results["chosen"] = {f"nll_{name}": text for name, text in chosen.items()}
    results["people"] = {
        each.name: {"nll": float(loss[:, WHOLE].mean()), "fixations": len(loss)}
        for each, loss in zip(people.unseen, ours, strict=True)
    }
    results |= measure_sizes(shift_sizes_deg(people.unseen), losses)
    results |= _measure_generation(session, people, picture, seed)
    return results


def _measure_baselines(people: People) -> tuple[dict[str, Floats], dict[str, str]]:
    """Losses (N, 2) of the people unseen by baseline, and what was chosen of each."""
    if not people.trained:
        return {}, {}
    _log.info("fitting baselines")
    fitted = fit_baselines(people.trained, people.validated)
    losses = {name: baseline_losses(model, people.unseen) for name, (_, model) in fitted.items()}
    return losses, {name: chosen for name, (chosen, _) in fitted.items()}


def _measure_generation(
    session: ModelSession, people: People, picture: Path | None, seed: int
) -> dict[str, Any]:
    _log.info("generating %d characters a role", _CHARACTERS)
    held_out, trained = observe_roles(people.unseen), observe_roles(people.trained)
    generated = generate_roles(session, seed)
    if picture is not None:
        systems = {"generated": generated, "held out": held_out, "trained on": trained}
        draw_looks(systems, picture)
    return measure_looks(generated, held_out, trained)


def generate_roles(
    session: ModelSession, seed: int = 0, roles: Sequence[int] = range(len(ROLES))
) -> dict[int, Looks]:
    """What ten characters do in a minute of every role."""
    found = {}
    for role in roles:
        made = generate_from_session(session, role, _CHARACTERS, _SECONDS, seed)
        found[role] = observe(made, role, dequantise=False)
    return {role: looks for role, looks in found.items() if looks is not None}

"""``python -m backend evaluate speech``: against filmed and animated faces, and on English."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from rich.console import Console

from blender_addon.core.errors import InputError

from .cnn2017.left_out import LEFT_OUT, measure_left_out
from .measures.animated import Animated, fit_animated_ridge, measure_animated, read_animated
from .measures.definitions import DEFINITIONS, MEASURED, RIDGE, print_results
from .measures.faces import USUAL, Speaker
from .measures.filmed import (
    Filmed,
    LipMap,
    as_measured,
    correlations,
    diversity,
    film,
    fit_lip_map,
    measure_val,
    onset_auc,
    read_filmed,
)
from .measures.hearing import open_listener
from .measures.mesh_lips import MouthMesh, read_mouth
from .measures.metrics import Spoken, bilabials, rounded
from .measures.models import MODELS, open_models
from .measures.pictures import draw_curves
from .measures.read_aloud import (
    MESH_RATES_HZ,
    PHONE_RATE_HZ,
    Sentence,
    measure_sentences,
    measure_silence,
    read_sentences,
)
from .measures.ridge import Example, Hear, RidgeSpeaker, fit_ridge
from .measures.stills import choose_stills, draw_stills
from .pairs import GRID

ROOT: Final = Path(__file__).resolve().parents[2]
SHARED: Final = ROOT.parent / "shared" / "data"
FACES: Final = SHARED / "face" / "facegood"
FILMS: Final = SHARED / "face2" / "grid"
SPEECH: Final = SHARED / "speech" / "librivox"
HUMAN: Final = SHARED / "human"
FILM_RATE_HZ: Final = 25.0
_ENCODER_RIDGE = "facegood_rmse_over_encoder_ridge"

_log = logging.getLogger(__name__)
_Decorated = Callable[..., Any]


def _folder(name: str, usual: Path | None, what: str) -> Callable[[_Decorated], _Decorated]:
    kind = click.Path(path_type=Path)
    return click.option(name, type=kind, default=usual, show_default=bool(usual), help=what)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write measures.")
@click.option("--model", "names", type=click.Choice([*MODELS, RIDGE]), multiple=True,
              help="Only this network; may be given again. All without it.")  # fmt: skip
@click.option("--style", help="All speak in this style of theirs instead of the usual one.")
@_folder("--onnx", ROOT / "onnx_models", "The models.")
@_folder("--data", None, "Other animated faces, NAME.wav and NAME.npz, than the held-out ones.")
@_folder("--grid", None, "Other filmed faces, with clips.csv, than the held-out ones.")
@_folder("--speech", SPEECH, "Sentences with NAME.phones.csv.")
@_folder("--train-data", FACES, "Recordings that baselines are fitted to.")
@_folder("--train-grid", FILMS, "Filmed faces that baselines are fitted to.")
@_folder("--human", HUMAN, "The human body on whose lips /p b m/ are judged.")
@_folder("--left-out-runs", LEFT_OUT, "Holds speech_face_without_NAME, of 'train --leave-out'.")
@_folder("--pictures", None, "Draw the curves of each model over the sound there.")
@click.option("--stills", type=click.Path(path_type=Path), help="Draw the human mouth at each "
              "/p b m/, open and rounded vowel of a sentence: FILE.jpg, by model.")  # fmt: skip
def command(
    json_path: Path | None,
    names: tuple[str, ...],
    style: str | None,
    onnx: Path,
    data: Path | None,
    grid: Path | None,
    speech: Path,
    train_data: Path,
    train_grid: Path,
    human: Path,
    left_out_runs: Path,
    pictures: Path | None,
    stills: Path | None,
) -> None:
    """Measure the speech models and what they have to beat."""
    started = time.perf_counter()
    names = names or (*MODELS, RIDGE)
    material = read_material(train_data, data, train_grid, grid, speech, human)
    listener = open_listener(onnx)
    found, skipped = open_models(onnx, [n for n in names if n in MODELS], listener, style)
    speakers: dict[str, Pair] = {name: (each, each) for name, each in found.items()}
    if RIDGE in names and listener is not None:
        speakers[RIDGE] = fit_ridges(material, listener.features)
    elif RIDGE in names:
        skipped[RIDGE] = f"there is no speech_encoder.onnx in {onnx}"
    results = measure_all(speakers, material) | {"skipped": skipped}
    if "cnn2017" in names and data is None:
        results["left_out"] = measure_left_out(left_out_runs, train_data)
    if pictures is not None:
        for name, each in found.items():
            draw(each, material, pictures / name)
    if stills is not None and material.mouth is not None:
        for name, each in found.items():
            target = stills.with_stem(f"{stills.stem}_{name}" if len(found) > 1 else stills.stem)
            draw_sentence(each, material.sentences, human, material.mouth, name, target)
    results["lip_map"] = material.lip_map.told()
    results["seconds"] = round(time.perf_counter() - started, 1)
    results["definitions"] = DEFINITIONS
    print_results(results, Console(width=140))
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", "utf-8")


Pair = tuple[Speaker, Speaker]
"""Who speaks for filmed faces and English, and who for animated ones: the same but for ridge."""


@dataclass(frozen=True, eq=False)
class Material:
    """What is measured on.

    Args:
        animated: faces animated by hand.
        filmed: faces that were filmed.
        lip_map: from curves to lips, fitted to the filmed ones.
        sentences: read aloud.
        mouth: of the mesh; None where it is missing.
    """

    animated: Animated
    filmed: Filmed
    lip_map: LipMap
    sentences: Sequence[Sentence]
    mouth: MouthMesh | None


def read_material(
    train_data: Path, data: Path | None, train_grid: Path, grid: Path | None, speech: Path,
    human: Path,
) -> Material:  # fmt: skip
    """Read all folders; see the command's options."""
    filmed = read_filmed(train_grid, grid)
    animated = read_animated(train_data, data)
    return Material(
        animated, filmed, fit_lip_map(filmed.train), read_sentences(speech), _read_mouth(human)
    )


def _read_mouth(human: Path) -> MouthMesh | None:
    try:
        return read_mouth(human)
    except InputError as error:
        _log.warning("lips are not judged on a mesh: %s", error)
        return None


def fit_ridges(material: Material, hear: Hear) -> Pair:
    """Ridge regression on what the encoder hears, for filmed and for animated faces."""
    examples = [
        Example(clip.waveform, clip.times_s, np.column_stack((clip.curves, clip.lips[:, :3])))
        for clip in material.filmed.train
    ]
    return RidgeSpeaker(fit_ridge(examples, hear), hear), fit_animated_ridge(
        material.animated, hear
    )


def measure_all(speakers: dict[str, Pair], material: Material) -> dict[str, Any]:
    """All measures of all speakers, and of the measured faces."""
    models = {}
    for name, pair in speakers.items():
        _log.info("measuring %s", name)
        models[name] = measure(pair, material)
    if RIDGE in models:
        least = models[RIDGE]["facegood_rmse"]
        for measures in models.values():
            measures[_ENCODER_RIDGE] = measures["facegood_rmse"] / least
    models[MEASURED] = measure_known(material.filmed, material.lip_map)
    return {"models": {name: rounded(found) for name, found in models.items()}}


def measure(pair: Pair, material: Material) -> dict[str, Any]:
    """All measures of one speaker, or one for filmed faces and one for animated ones."""
    speaker, animator = pair
    filmed, found = material.filmed, dict[str, Any]()
    if filmed.other:
        others = film(speaker, filmed.other, material.lip_map, USUAL)
        found |= correlations(others, "grid_other")
    if filmed.val:
        found |= measure_val(film(speaker, filmed.val, material.lip_map, GRID))
        found["onset_bpm_auc"] = onset_auc(scene_openings(speaker, filmed), filmed.val)
        found["diversity"] = diversity(speaker, filmed.val, filmed.train)
    found |= measure_animated(animator, material.animated)
    found |= measure_sentences(speaker, material.sentences, material.mouth)
    return found | measure_silence(speaker, material.sentences, filmed.val)


def scene_openings(speaker: Speaker, filmed: Filmed) -> list[Any]:
    """(T,) of the lips as an animator gets them, for each validation sentence."""
    return [
        speaker.scene(clip.waveform, FILM_RATE_HZ).opening[: len(clip.times_s)]
        for clip in filmed.val
    ]


def measure_known(filmed: Filmed, lip_map: LipMap) -> dict[str, Any]:
    """What the measured faces would score."""
    found = correlations(as_measured(filmed.other, lip_map), "grid_other") if filmed.other else {}
    if filmed.val:
        films = as_measured(filmed.val, lip_map)
        found |= measure_val(films)
        found["onset_bpm_auc"] = onset_auc([each.known[:, 0] for each in films], filmed.val)
    return found


def draw(speaker: Speaker, material: Material, folder: Path) -> None:
    """Curves of animated recordings beside the known ones, and of the sentences with phones."""
    for pair in material.animated.pairs:
        rate = 1.0 / float(np.median(np.diff(pair.times_s)))
        face = speaker.network(pair.waveform, rate, len(pair.times_s), pair.name)
        target = folder / f"{pair.name}.png"
        draw_curves(target, pair.waveform, pair.times_s, face.curves, known=pair.curves)
    for each in material.sentences:
        face = speaker.scene(each.waveform, PHONE_RATE_HZ)
        target = folder / f"{each.name}.png"
        draw_curves(target, each.waveform, face.times_s, face.curves, track=each.track)


def draw_sentence(
    speaker: Speaker, sentences: Sequence[Sentence], human: Path, mouth: MouthMesh, name: str,
    target: Path,
) -> None:  # fmt: skip
    """Stills of the sentence with most /p b m/, as an animator gets them."""
    sentence = max(sentences, key=lambda each: len(bilabials(each.track)))
    face = speaker.scene(sentence.waveform, MESH_RATES_HZ[0])
    chosen = choose_stills(Spoken(sentence.track, face.times_s, face.curves), mouth)
    draw_stills(target, f"{name}: {sentence.name}", chosen, human, mouth)

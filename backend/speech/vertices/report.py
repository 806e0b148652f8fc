"""How near a trained speaker comes to held-out faces, as the papers measure it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ

from ..recordings.corpus import Corpus, Recording
from .loop import MeshSpeaker
from .measures import Errors, table
from .outputs import Outputs
from .samples import FaceSample, at_times

NETWORK, BASIS, STILL = "network", "shapes alone", "still face"
FILE: Final = "measures.json"


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Recordings with what is heard of them.

    Args:
        recordings, samples: of one split, in the same order.
    """

    recordings: Sequence[Recording]
    samples: Sequence[FaceSample]


def spoken_motion(
    speaker: MeshSpeaker, sample: FaceSample, recording: Recording, outputs: Outputs
) -> Floats:
    """What the network makes of a recording, at the recording's frames."""
    times = np.arange(recording.frame_count) / recording.frame_rate_hz
    return outputs.decode(at_times(speaker.speak(sample), FEATURE_RATE_HZ, times))


def lip_error(speaker: MeshSpeaker, held_out: HeldOut, outputs: Outputs) -> dict[str, float]:
    """``lve`` and ``fdd`` alone, for choosing among weights."""
    errors = Errors(outputs.regions)
    for recording, sample in zip(held_out.recordings, held_out.samples, strict=True):
        errors.add(spoken_motion(speaker, sample, recording, outputs), recording.motion())
    figures = errors.figures()
    return {"lve": figures["lve"], "fdd": figures["fdd"]}


def measure(speaker: MeshSpeaker, held_out: HeldOut, outputs: Outputs) -> dict[str, Any]:
    """Figures of the network, of the shapes with the best amounts, and of a face that is still."""
    systems = {name: Errors(outputs.regions) for name in (NETWORK, BASIS, STILL)}
    for recording, sample in zip(held_out.recordings, held_out.samples, strict=True):
        known = recording.motion()
        systems[NETWORK].add(spoken_motion(speaker, sample, recording, outputs), known)
        systems[BASIS].add(outputs.decode(outputs.encode(known)), known)
        systems[STILL].add(np.zeros_like(known), known)
    return {name: errors.figures() for name, errors in systems.items()}


def write_measures(
    folder: Path, corpus: Corpus, outputs: Outputs, splits: Mapping[str, dict[str, Any]]
) -> str:
    """Keep figures as JSON beside the model; gives them as text.

    Args:
        folder: of the run.
        corpus: for its name and unit.
        outputs: for its regions and shapes.
        splits: by split, what ``measure`` gave.
    """
    derived = "derived from how they move" if outputs.regions.derived else "given"
    about = {
        "data": corpus.name,
        "unit": corpus.unit,
        "regions": derived,
        "lips": len(outputs.regions.lips),
        "upper": len(outputs.regions.upper),
        "outputs": len(outputs.channels),
        "explained": 1.0 if outputs.fitted is None else float(outputs.fitted.explained[-1]),
    }
    text = json.dumps({**about, **splits}, indent=1)
    (folder / FILE).write_text(text + "\n", "utf-8")
    squared = "weights" if corpus.channels else f"LVE, FDD in ({corpus.unit})², MVE in it"
    heading = (
        f"{corpus.name}: {about['outputs']} outputs, {about['explained']:.1%} of the motion; "
        f"{about['lips']} of the lips and {about['upper']} of the upper face, {derived}"
    )
    lines = [heading]
    for split, systems in splits.items():
        clips = systems[NETWORK]["clips"]
        lines += ["", f"{split}, {clips} clips", table(systems.items(), squared)]
    return "\n".join(lines)

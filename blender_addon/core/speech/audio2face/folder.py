"""A folder of NVIDIA's Audio2Face-3D v2.3, as it is downloaded: which files, and what is in them.

``network_info.json`` says how large everything is, ``network.onnx`` is the network,
``model_config.json`` how its motion is used, ``model_data.npz`` the motion's principal components,
``implicit_emo_db.npz`` the emotion it takes for granted, ``bs_skin.npz`` and
``bs_skin_config.json`` the same head's 52 blendshapes and how weights are to be found for them; the
tongue has two such files of its own. Where ``model.json`` gives other names, they hold. Folders
that the public training framework makes look the same.

Source: file names and fields of github.com/NVIDIA/Audio2Face-3D-SDK (MIT) and
Audio2Face-3D-Training-Framework (Apache-2.0), read and written anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import ModelError
from ...inference.arrays import ArrayFile
from ...sound.waveform import SAMPLE_RATE_HZ
from .documents import Fields
from .shapes import ShapeSet, read_shapes

_FILES: Final[Mapping[str, str]] = {
    "network": "network.onnx",
    "info": "network_info.json",
    "config": "model_config.json",
    "data": "model_data.npz",
    "emotions": "implicit_emo_db.npz",
    "skin": "bs_skin.npz",
    "skin_config": "bs_skin_config.json",
}
_TONGUE_FILES: Final = {"tongue": "bs_tongue.npz", "tongue_config": "bs_tongue_config.json"}
_MOST_SHAPES: Final = 2000
_MOST_VERTICES: Final = 500_000
_HASHED: Final = 1 << 20


@dataclass(frozen=True, eq=False)
class Component:
    """The motion of one part of the head, in principal components.

    Args:
        basis: (K, V, 3) displacements from the neutral pose.
        neutral: (V, 3).
    """

    basis: Floats
    neutral: Floats


@dataclass(frozen=True, eq=False)
class Audio2FaceFolder:
    """What a folder holds, checked.

    Args:
        actor: whose face it is.
        network: path of the network.
        sizes: K of the result's parts in their order: skin, tongue, jaw, eyes.
        window_samples: how much sound the network hears at 16 kHz.
        window_offset: which of these samples a frame belongs to.
        emotions: names of the explicit ones.
        usual_emotion: the numbers of these that are usual.
        implicit_emotion: the numbers before them, always the same.
        config: strengths, offsets and smoothing.
        skin: its motion.
        lip_open, eye_close: (V, 3) what opens the lips and shuts the eyes.
        skin_shapes: its blendshapes.
        tongue: its motion; None where it has no blendshapes.
        tongue_shapes: its blendshapes.
        sha256: of each file that was read.
    """

    actor: str
    network: Path
    sizes: Mapping[str, int]
    window_samples: int
    window_offset: int
    emotions: tuple[str, ...]
    usual_emotion: tuple[float, ...]
    implicit_emotion: tuple[float, ...]
    config: Fields
    skin: Component
    lip_open: Floats
    eye_close: Floats
    skin_shapes: ShapeSet
    tongue: Component | None
    tongue_shapes: ShapeSet | None
    sha256: Mapping[str, str]


def read_folder(folder: Path) -> Audio2FaceFolder:
    """Read and check a folder.

    Args:
        folder: that was downloaded.

    Raises:
        ModelError: it is no such folder, a file is missing, damaged, of another size, or leads out
            of the folder; or it is a model of another kind.
    """
    info = _read_info(folder)
    files = _find_files(folder)
    parameters, audio = info.part("params"), info.part("audio_params")
    sizes = {
        "skin": parameters.integer("num_shapes_skin", 1, _MOST_SHAPES),
        "tongue": parameters.integer("num_shapes_tongue", 0, _MOST_SHAPES),
        "jaw": parameters.integer("result_jaw_size", 0, _MOST_SHAPES),
        "eyes": parameters.integer("result_eyes_size", 0, _MOST_SHAPES),
    }
    audio.integer("samplerate", SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
    window = audio.integer("buffer_len", 160, 20 * SAMPLE_RATE_HZ)
    emotions = parameters.texts("explicit_emotions")
    config = Fields.of_file(files["config"]).part("config")
    vertices = parameters.integer("num_verts_skin", 3, _MOST_VERTICES)
    with ArrayFile(files["data"]) as data:
        skin = _read_component(data, "skin", sizes["skin"], vertices)
        lip_open = data.floats("lip_open_pose_delta", (vertices, 3))
        eye_close = data.floats("eye_close_pose_delta", (vertices, 3))
        tongue = None
        if "tongue" in files and sizes["tongue"]:
            moved = parameters.integer("num_verts_tongue", 3, _MOST_VERTICES)
            tongue = _read_component(data, "tongue", sizes["tongue"], moved)
    return Audio2FaceFolder(
        actor=info.part("id").text("actor"),
        network=files["network"],
        sizes=sizes,
        window_samples=window,
        window_offset=audio.integer("buffer_ofs", 0, window),
        emotions=emotions,
        usual_emotion=tuple(parameters.numbers("default_emotion", len(emotions))),
        implicit_emotion=_read_implicit(files["emotions"], parameters, config),
        config=config,
        skin=skin,
        lip_open=lip_open,
        eye_close=eye_close,
        skin_shapes=read_shapes(files["skin"], files["skin_config"], len(skin.neutral)),
        tongue=tongue,
        tongue_shapes=None if tongue is None else read_shapes(
            files["tongue"], files["tongue_config"], len(tongue.neutral)
        ),
        sha256={path.name: _sha256(path) for path in files.values()},
    )  # fmt: skip


def _read_info(folder: Path) -> Fields:
    """``network_info.json``, refused where it tells of another kind of model."""
    if not folder.is_dir():
        raise ModelError(f"{folder} is no folder; choose the one that was downloaded")
    path = _inside(folder, _FILES["info"])
    if not path.is_file():
        found = ", ".join(sorted(each.name for each in folder.iterdir())[:8]) or "nothing"
        raise ModelError(
            f"{folder} is no folder of Audio2Face-3D: it holds {found}, expected "
            f"{', '.join(_FILES.values())}; choose the folder that was downloaded"
        )
    info = Fields.of_file(path)
    kind = info.part("id").text("type")
    if kind == "diffusion":
        raise ModelError(
            f"{folder.name} is a diffusion model of Audio2Face-3D (v3.0), which cannot be added; "
            "expected a regression model: download Audio2Face-3D v2.3 (Mark, Claire or James)"
        )
    if kind != "regression" or info.part("id").text("output") != "geometry":
        raise ModelError(
            f"{folder.name} is a model of the type '{kind}', expected a regression model with "
            "geometry as output; download Audio2Face-3D v2.3 (Mark, Claire or James)"
        )
    return info


def _find_files(folder: Path) -> dict[str, Path]:
    """Path of every file, all inside the folder and there."""
    names = {**_FILES, **_TONGUE_FILES}
    if (folder / "model.json").is_file():
        names |= _renamed(Fields.of_file(_inside(folder, "model.json")))
    files = {key: _inside(folder, name) for key, name in names.items()}
    missing = [files[key].name for key in _FILES if not files[key].is_file()]
    if missing:
        raise ModelError(
            f"{folder} lacks {', '.join(missing)}; expected {', '.join(_FILES.values())}; fetch "
            "the whole model again"
        )
    if not all(files[key].is_file() for key in _TONGUE_FILES):
        return {key: path for key, path in files.items() if key not in _TONGUE_FILES}
    return files


def _renamed(model: Fields) -> dict[str, str]:
    """Other names that ``model.json`` gives; it names a compiled network, which is not used."""
    names = {}
    for key, field in (
        ("config", "modelConfigPath"), ("data", "modelDataPath"),
        ("emotions", "emotionDatabasePath"),
    ):  # fmt: skip
        if field in model:
            names[key] = model.text(field)
    shapes = model.part("blendshapePaths") if "blendshapePaths" in model else Fields("", {})
    for part in ("skin", "tongue"):
        if part in shapes:
            names[part] = shapes.part(part).text("data")
            names[f"{part}_config"] = shapes.part(part).text("config")
    return names


def _inside(folder: Path, name: str) -> Path:
    """A file of the folder, refused if it or a link leads out."""
    try:
        path = folder / name
        real = Path(os.path.realpath(path))
        home = Path(os.path.realpath(folder))
    except ValueError as error:
        raise ModelError(f"'{name!r}' is no file name; fetch the whole model again") from error
    if not real.is_relative_to(home):
        raise ModelError(
            f"{name} leads to {real}, outside of {folder}, and is not read; put the file itself "
            "into the folder (downloads into a cache keep links instead)"
        )
    return path


def _read_component(data: ArrayFile, part: str, count: int, vertices: int) -> Component:
    return Component(
        data.floats(f"shapes_matrix_{part}", (count, vertices, 3)),
        data.floats(f"shapes_mean_{part}", (vertices, 3)),
    )


def _read_implicit(path: Path, parameters: Fields, config: Fields) -> tuple[float, ...]:
    """The emotion of the frame that the configuration names."""
    count = parameters.integer("implicit_emotion_len", 0, _MOST_SHAPES)
    if not count:
        return ()
    shot, frame = config.text("source_shot"), config.integer("source_frame", 0, 10_000_000)
    with ArrayFile(path) as data:
        names = data.texts("emo_spec_names")
        starts = data.integers("emo_spec_start", (len(names),))
        lengths = data.integers("emo_spec_size", (len(names),))
        vectors = data.floats("emo_db", (None, count))
    if shot not in names:
        raise config.wrong("source_shot", f"one of {', '.join(names[:8])} of {path.name}", shot)
    at = names.index(shot)
    row = int(starts[at]) + frame
    if not (0 <= frame < lengths[at] and 0 <= row < len(vectors)):
        raise config.wrong("source_frame", f"a frame of '{shot}' in {path.name}", frame)
    return tuple(float(number) for number in np.asarray(vectors[row], np.float32))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for part in iter(lambda: file.read(_HASHED), b""):
            digest.update(part)
    return digest.hexdigest()

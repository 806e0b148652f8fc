"""How long walk, gaze and speech go on after they were told to stop."""

from __future__ import annotations

import tempfile
from pathlib import Path

import bpy

from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.core.inference.choice import ModelChoice

from .cancel import slowest_stop
from .faces import GAZE_HZ, MINUTE_S, make_face, make_lookers, write_minute
from .product import make_walk


def cancel_seconds(models: ModelChoice) -> dict[str, float]:
    """Seconds from being told to having ended, the longest of several moments, by capability.

    Ten seconds of walking on Rigify's human, a minute of gaze and one of speech.
    """
    return {"walk": _walk(models), "gaze": _gaze(models), "speech": _speech(models)}


def _walk(models: ModelChoice) -> float:
    job = walk_scene.read(bpy.context, make_walk(), models)
    job.run()  # loads the model
    return slowest_stop(job.run)


def _gaze(models: ModelChoice) -> float:
    job = gaze_scene.read(bpy.context, make_lookers(1), 1, MINUTE_S * GAZE_HZ, models)
    job.run()
    return slowest_stop(job.run)


def _speech(models: ModelChoice) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "minute.wav"
        write_minute(path)
        settings = SpeechSettings(make_face(), SoundChoice("FILE", str(path)), start_frame=1)
        job = speech_scene.read(bpy.context, settings, models)
        job.run()
        return slowest_stop(job.run)

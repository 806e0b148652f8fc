"""Gestures from the command line, with the models of the product: read, made, written, saved."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from backend.music import make_music, write_music
from blender_addon import cli
from blender_addon.blender.keys.layers import layers_of
from blender_addon.core.sound.beats import beats_at_tempo
from tests.perform.stage import voice
from tests.shared.blender.builders import make_rig

pytestmark = pytest.mark.blender

SECONDS = 4.0


@pytest.fixture
def given(addon, tmp_path):
    """A saved file with somebody in it, and beside it a voice and music."""
    make_rig(root_bone=True)
    addon.render.fps = 30
    voice(tmp_path / "voice.wav", [(0.3, 3.6)], SECONDS)
    beats = beats_at_tempo(172.0, 0.0, SECONDS)
    write_music(tmp_path / "music.wav", make_music(beats, np.ones(int(30 * SECONDS))))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "in.blend"))
    return tmp_path


def run(folder, sound, *options):
    """What the command says; the file that it saved is open then."""
    out = folder / "out.blend"
    blend = ("--blend", folder / "in.blend", "--out", out)
    given = ["gesture", "--rig", "Rig", "--sound", folder / sound, *blend, *options]
    assert cli.run([str(each) for each in given]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(out))
    return bpy.data.objects["Rig"]


def test_a_talker_gets_a_layer(given, capsys):
    rig = run(given, "voice.wav")
    said = capsys.readouterr().out
    assert "'Rig Gesture': frames 1 to 121" in said and "stroke" in said
    assert len(layers_of(rig, "gesture")) == 1


def test_a_dancer_gets_an_action(given, capsys):
    rig = run(given, "music.wav", "--mode", "dance", "--tempo", "172")
    assert "'Rig Dance': frames 1 to 121" in capsys.readouterr().out
    action = rig.animation_data.action
    assert action.name == "Rig Dance" and tuple(action.frame_range) == (1.0, 121.0)

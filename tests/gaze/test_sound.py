"""Who talks when is heard in the scene's sounds, and a sound that does not fit is told."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.core.errors import SoundError
from blender_addon.core.gaze.events import ROLES
from tests.gaze.checks import FPS, LAST, gaze
from tests.shared.blender.face_rigs import point, rig_with_eyes
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender


def write_voice(path, spoken, seconds=4.0, rate=16_000):
    """A WAV in which a rough voice is heard between the times given."""
    times = np.arange(int(seconds * rate)) / rate
    voice = np.zeros(len(times))
    rng = np.random.default_rng(0)
    for start, stop in spoken:
        within = (times >= start) & (times < stop)
        syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * times)
        voice += within * syllables * np.sign(np.sin(2 * np.pi * 120 * times)) * 0.3
    samples = voice + 1e-4 * rng.normal(size=len(times))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return SoundChoice("FILE", str(path))


def role_at(finished, second):
    return ROLES[finished.characters[0].roles[int(second * 60)]]


def test_roles_are_heard(scene, tmp_path):
    armature = rig_with_eyes()
    own = write_voice(tmp_path / "own.wav", [(0.3, 1.8)], 5.0)
    other = write_voice(tmp_path / "other.wav", [(2.2, 4.5)], 5.0)
    target = [point("T", (0, -2, 1.6))]
    _, finished, _ = gaze(armature, target, sound=own, partner_sound=other)
    assert role_at(finished, 1.2) == "speaking"
    assert role_at(finished, 3.5) == "listening"
    assert not any("voice" in w or "ends" in w for w in finished.characters[0].warnings)
    _, finished, _ = gaze(armature, target, sound=own, partner_sound=other, role="DIALOGUE")
    assert set(finished.characters[0].roles.tolist()) == {ROLES.index("dialogue")}


@pytest.mark.parametrize(
    ("spoken", "seconds", "said"),
    [
        ([(0.2, 1.5)], 2.0, "'v.wav' ends on frame 48, before the range"),
        ([(0.2, 1.5)], 9.0, "'v.wav' goes on after the last frame, 120"),
        ([], 5.0, "no voice is heard in 'v.wav'"),
        ([(6.5, 8.0)], 9.0, "no voice of 'v.wav' is heard between frames 1 and 120"),
    ],
    ids=["shorter", "longer", "silent", "later"],
)
def test_a_sound_that_does_not_fit_is_told(scene, tmp_path, spoken, seconds, said):
    sound = write_voice(tmp_path / "v.wav", spoken, seconds)
    _, finished, written = gaze(rig_with_eyes(), [point("T", (0, -2, 1.6))], sound=sound)
    assert any(said in warning for warning in finished.characters[0].warnings)
    assert written.last_frame == LAST


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: SoundChoice("FILE", str(p / "none.wav")), "there is no sound file"),
        (lambda p: SoundChoice("FILE"), "no sound file is chosen"),
        (lambda p: SoundChoice("STRIP", strip="Talk"), "no sound strip 'Talk'"),
        (lambda p: SoundChoice("FILE", str(broken(p))), "Save the sound as WAV"),
    ],
    ids=["missing", "none chosen", "no strip", "undecodable"],
)
def test_a_sound_that_cannot_be_heard(scene, tmp_path, make, said):
    armature = rig_with_eyes()
    target = [point("T", (0, -2, 1.6))]
    choice = make(tmp_path)
    before = snapshot()
    with pytest.raises(SoundError, match=said):
        gaze(armature, target, sound=choice)
    assert snapshot() == before


def broken(folder):
    path = folder / "broken.mp3"
    path.write_bytes(b"this is no music")
    return path


def test_a_strip_of_the_sequencer_at_its_place(scene, tmp_path):
    pytest.importorskip("aud", reason="this bpy was built without sound")
    scene.render.fps = FPS
    write_voice(tmp_path / "own.wav", [(0.0, 1.5)], 2.0)
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_sound("Talk", str(tmp_path / "own.wav"), 1, 61)
    armature = rig_with_eyes()
    _, finished, _ = gaze(
        armature, [point("T", (0, -2, 1.6))], sound=SoundChoice("STRIP", strip=strip.name)
    )
    assert role_at(finished, 2.0) == "listening"
    assert role_at(finished, 3.5) == "speaking"

"""An animator's first minutes in a real Blender: each panel filled in and used by clicks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.gui

Steps = Callable[..., dict[str, Any]]


def _check_cancel_and_undo(facts: dict[str, Any]) -> None:
    assert facts["changed_by_cancel"] == []
    assert facts["changed_after_undo"] == []


def test_walk(do_steps: Steps) -> None:
    facts = do_steps("walk")
    assert facts["rig"] and facts["path"]
    assert [name for name in facts["new_actions"] if name.endswith("Walk")] == ["Person 0 Walk"]
    assert facts["progress"] >= 0.2
    assert "frames" in facts["shown"] and "CPU" in facts["ran_on"]
    assert len([n for n in facts["actions_after_second"] if " Walk" in n and "Eyes" not in n]) == 1
    assert facts["changed_after_second_undo"] == []
    _check_cancel_and_undo(facts)


def test_gaze(do_steps: Steps) -> None:
    facts = do_steps("gaze")
    assert facts["rig"] == "Person 0"
    assert facts["targets"] == ["Camera"]
    assert any("Object" in name for name in facts["layers"])
    assert "fixations" in facts["shown"]
    _check_cancel_and_undo(facts)


def test_speech(do_steps: Steps) -> None:
    facts = do_steps("speech")
    assert facts["sound_found"]
    assert any(name.startswith("Key ") for name in facts["layers"])
    assert "frames" in facts["shown"]
    _check_cancel_and_undo(facts)


def test_live_drive(do_steps: Steps) -> None:
    facts = do_steps("live")
    assert facts["went_m"] > 1.5
    assert facts["followed_m"] > 0.6 * facts["went_m"]
    assert facts["off_after_cancel_m"] < 1e-4
    assert [name for name in facts["new_actions"] if name.endswith("Walk")] == ["Person 0 Walk"]
    assert "driven" in facts["shown"]
    _check_cancel_and_undo(facts)


def test_switching_off_and_on_ten_times_leaves_nothing(do_steps: Steps) -> None:
    facts = do_steps("switch")
    assert facts["left_behind"] == []
    assert facts["is_back"]
    assert min(facts["calls"]) > 100
    assert facts["calls"][-1] <= 1.1 * facts["calls"][1]  # nothing piles up


def test_people(do_steps: Steps) -> None:
    facts = do_steps("people")
    assert facts["after_cancel"] == facts["before"]
    assert (facts["added"], facts["added_again"]) == (10, 2)
    assert facts["after_undo"].items() <= facts["before"].items()


def test_everything_is_found(do_steps: Steps) -> None:
    facts = do_steps("found")
    page, field = facts["opened"]
    assert page.startswith("file:///") and "/manual/" in page
    assert field.endswith("/manual/walk.html#label-speed")
    assert facts["assigned"] == "F6"
    assert facts["undone"]
    assert "Person 0 Walk" in facts["new_actions"]


def test_try_it(do_steps: Steps) -> None:
    facts = do_steps("try")
    assert facts["added_by_cancel"] == []
    assert facts["added"] == ["Person 0"]
    assert facts["plays"] and not facts["plays_after_space"]
    assert facts["frames"][1] > facts["frames"][0]
    assert "frames" in facts["shown"]
    assert facts["active"] == "Walk Path"
    assert facts["left_after_undo"] == []
    _check_cancel_and_undo(facts)


def test_adjust_last_operation(do_steps: Steps) -> None:
    facts = do_steps("redo")
    assert facts["speed_after"] == 0.9
    assert facts["keys_after"][1] > facts["keys"][1] + 50
    assert facts["speed_undone"] == 1.3
    assert facts["changed_after_undo"] == []


def test_sound(do_steps: Steps) -> None:
    facts = do_steps("sound")
    assert facts["file"] == "demo_voice.wav"
    assert facts["strips"] == [["demo_voice.wav", 1, 164]]
    assert "'demo_voice.wav'" in facts["shown"]
    assert (facts["sync"], facts["scrub"]) == ("AUDIO_SYNC", True)
    assert (facts["undone"], facts["changed_after_undo"]) == ([], [])
    assert [strip[:2] for strip in facts["dropped"]] == [["sentence.wav", 31]]
    assert "'sentence.wav'" in facts["spoken"]
    assert facts["taken_back"] == ["demo_voice.wav", []]


def test_panels_fit_a_small_window(do_steps: Steps) -> None:
    facts = do_steps("panels", size="1280x720", timeout_s=540)
    assert facts["size"] == [1280, 720]
    fits = {name: fits for name, fits in facts.items() if name.startswith("fits_")}
    assert len(fits) == 23
    assert [name for name, fit in fits.items() if not fit] == []


def test_mouth_shapes(do_steps: Steps) -> None:
    facts = do_steps("visemes")
    assert facts["listed"] > 40
    assert facts["retyped"] == "OPEN_VOWEL"
    assert facts["opened"] > facts["jaw"] + 0.2
    assert facts["moved"] and facts["kept"]
    assert (facts["inserted"], facts["removed"]) == (1, 0)
    assert facts["undone"] and facts["cancelled"] and facts["changed_before_esc"]
    assert abs(facts["jaw_undone"] - facts["jaw"]) < 1e-3
    assert abs(facts["jaw_cancelled"] - facts["jaw"]) < 1e-3


def test_quadruped(do_steps: Steps) -> None:
    facts = do_steps("quadruped", size="1600x1400")  # so high that Drive Quadruped is seen
    assert (facts["rig"], facts["path"]) == ("Horse", "Animal Path")
    assert facts["new_actions"] == ["Horse Motion", "Horse Tail and Ears"]
    assert facts["progress"] >= 0.2
    assert "frames" in facts["shown"]
    assert (facts["speed_after"], facts["speed_undone"]) == (4.0, facts["speed"])
    assert facts["keys_after"][1] < facts["keys"][1] - 50
    assert facts["changed_by_drive_cancelled"] == facts["changed_after_drive_undone"] == []
    assert "Horse Motion" in facts["driven_actions"]
    assert "driven" in facts["driven"]
    _check_cancel_and_undo(facts)


def test_video(do_steps: Steps) -> None:
    facts = do_steps("video")
    assert "of 40 pictures found" in facts["shown"]
    assert facts["actions"] == facts["actions_again"] == ["Person 0 Video"]
    ((frame, joint, x, y),) = facts["pins"]
    assert (frame, joint) == (12, "LeftHand")
    assert abs(x - 0.5) < 0.02 and abs(y - 0.4) < 0.02
    assert "tracked before" in facts["again"]
    assert facts["left"] == []
    _check_cancel_and_undo(facts)


def test_physics(do_steps: Steps) -> None:
    facts = do_steps("physics")
    if not facts.get("engine", True):
        pytest.skip("the zip brings no physics engine: build.py zip --physics")
    frame, direction = facts["push"]
    assert frame == 40 and abs(direction[2]) < 1e-6
    assert "simulated ones" in facts["shown"]
    assert facts["tracks"] == ["Person 0 Walk", "Person 0 Physics"]
    _check_cancel_and_undo(facts)


def test_layers(do_steps: Steps) -> None:
    facts = do_steps("layers")
    assert facts["top"] == "speech" and facts["count"] > 1
    assert all(facts["muted"]) and all(facts["solo"]) and all(facts["scaled"])
    assert facts["changed_by_switches"] == []
    assert not any(facts["scaled_after_undo"])
    assert facts["merged"]
    assert facts["changed_after_undo"] == []


def test_auto_update(do_steps: Steps) -> None:
    facts = do_steps("auto")
    assert facts["object_followed"] and facts["edit_followed"]
    assert facts["object_undone"] and facts["object_undone_twice"] and facts["object_redone"]
    assert facts["edit_undone"] and facts["edit_redone"]
    assert facts["left_state"] == facts["all_redone_state"] == "Up to date"
    assert facts["by_hand_kept"]
    assert facts["by_hand_state"].startswith("Stopped: the walk was edited by hand")


def test_gesture(do_steps: Steps) -> None:
    facts = do_steps("gesture")
    assert facts["sound_found"]
    assert facts["markers_after_esc"] == 0
    assert facts["strokes"] == facts["markers"] > 0
    assert "stroke" in facts["shown"]
    assert facts["changed_after_undo"] == [] and facts["markers_undone"] == 0


def test_editing(do_steps: Steps) -> None:
    facts = do_steps("editing")
    assert facts["reason_without_keys"].startswith("Select keys on two frames")
    assert facts["chosen"] == "FILL"
    assert facts["shown"].startswith("Fill: frames 40 to 70")
    assert any("Fill" in track for track in facts["layers"]["Object Person 0"])
    assert facts["map_closed"] and facts["clicked"]
    assert facts["assigned_by_click"] == []
    _check_cancel_and_undo(facts)


def test_perform(do_steps: Steps) -> None:
    facts = do_steps("perform")
    tracks = facts["layers"]["Object Person 0"]
    assert tracks == ["Person 0 Speech", "Person 0 Gesture", "Person 0 Gaze"]
    assert facts["shown"].startswith("Walk, Face, Gesture, Gaze, frames")
    assert facts["changed_by_late_cancel"] == []
    _check_cancel_and_undo(facts)

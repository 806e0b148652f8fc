"""What a panel shows of the last result: a line, warnings if there are any, details on demand."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.blender.jobs import last_result
from blender_addon.blender.jobs.last_result import draw_last_result, keep_result
from blender_addon.core.notes import Note
from tests.shared.blender.builders import make_rig

pytestmark = pytest.mark.blender

RESULT = "240 frames, 10.0 s, feet ±1\u00a0mm; 9.7 m, feet within 0.1 cm; 90 of 240 keys"
RAN_ON = "Execution provider CPU, 0.20 s (walker); CUDA is not in this build of onnxruntime"


class Lines:
    """Notes the lines that a panel shows, each with its icon and whether it is red."""

    def __init__(self, lines=None, parent=None):
        self.lines = [] if lines is None else lines
        self._parent, self.alert = parent, parent.alert if parent else False

    def column(self, **_options):
        return Lines(self.lines, self)

    row = column

    def label(self, *, text, icon, **_options):
        self.lines.append((text, icon, self.alert))

    def prop(self, data, name, *, icon, **_options):
        assert data.bl_rna.properties[name].type == "BOOLEAN"
        self.lines.append(("", icon, False))


@pytest.fixture
def shown(addon):
    """Settings with room for a result."""
    walk = make_rig().neural_motion.walk
    keep_result(walk, RESULT, RAN_ON, (Note("the lids blink"),))
    return walk


@pytest.fixture
def opened():
    return bpy.context.window_manager.neural_motion.details


def drawn(shown):
    lines = Lines()
    draw_last_result(lines, shown, "walk")
    return lines.lines


def text_of(lines):
    return " ".join(text for text, _, _ in lines)


def test_nothing_is_shown_before_a_first_result(addon):
    assert drawn(make_rig().neural_motion.walk) == []


def test_one_line_with_a_tick(shown):
    line, arrow = drawn(shown)
    assert line == ("240 frames, 10.0 s, feet ±1\u00a0mm", "CHECKMARK", False)
    assert arrow[1] == "DISCLOSURE_TRI_RIGHT"


def test_details_are_opened_for_one_panel(shown, opened):
    opened.gaze = True
    assert len(drawn(shown)) == 2
    opened.walk = True
    said = text_of(drawn(shown))
    for part in ("9.7 m, feet within 0.1 cm", "90 of 240 keys", "provider CPU", "CUDA", "the lids"):
        assert part.lower() in said.lower()


def test_warnings_come_first_in_red_and_take_the_tick(shown):
    keep_result(shown, RESULT, RAN_ON, ("the path is too steep", Note("the lids blink")))
    lines = drawn(shown)
    assert lines[0] == ("the path is too steep", "ERROR", True)
    assert "CHECKMARK" not in {icon for _, icon, _ in lines}
    assert "lids" not in text_of(lines)


def test_a_provider_that_was_asked_for_is_missed_openly(shown, monkeypatch):
    assert "CUDA" not in text_of(drawn(shown))
    monkeypatch.setattr(last_result, "DEFAULT_PROVIDERS", ("CPUExecutionProvider",))
    assert "CUDA is not in this build" in text_of(drawn(shown))

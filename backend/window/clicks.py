"""What the scripts in Blender share: panels opened, fields filled, the file's state compared."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import bpy

SHOTS = Path(sys.argv[sys.argv.index("--") + 1])  # where the driver wants what is kept
TAB = "Neural Motion"
CHARACTER = "Person 0"  # who is added first
_TITLES = (
    "character", "walk", "gaze", "speech", "gesture", "perform", "editing", "quadruped",
    "video", "physics", "layers",
)  # from the top  # fmt: skip
_PANELS = tuple(f"NEURALMOTION_PT_{name}" for name in _TITLES)
_FIRST_HEADER, _HEADERS, _STEP = 14, 245, 9  # pixels: the headers are tried, not known

_TRIES = 3
_WELL_UNDER_WAY = 0.2  # of a job: worth a picture

Waits = Generator[Any, None, Any]


class Desk:
    """One window: clicks by the name of what is clicked, facts noted for the test outside."""

    def __init__(self, ui: Any, name: str) -> None:
        self.ui, self.name = ui, name
        self.facts: dict[str, Any] = {}
        self._drawn: set[str] = set()
        self._pictures = 0
        for panel in _PANELS:
            self._watch(panel)

    def note(self, **facts: Any) -> None:
        """Keep these for the test."""
        self.facts.update(facts)
        text = json.dumps(self.facts, indent=1)
        (SHOTS / f"{self.name}.json").write_text(text, "utf-8")

    def shot(self, title: str) -> None:
        """Keep a picture of the whole window."""
        self._pictures += 1
        self.ui.shot(str(SHOTS / f"{self.name}_{self._pictures:02}_{title}.png"))

    def close_up(self, name: str) -> None:
        """Turn the view's eye to this object."""
        area = self.ui.area()
        for each in bpy.data.objects:
            each.select_set(each.name == name)
        window = next(region for region in area.regions if region.type == "WINDOW")
        with bpy.context.temp_override(window=self.ui.window, area=area, region=window):
            bpy.ops.view3d.view_selected()
        for each in bpy.data.objects:
            each.select_set(False)

    def shot_at(self, frame: int, title: str) -> Waits:
        """Keep a picture at another frame."""
        scene = bpy.context.scene
        back = scene.frame_current
        scene.frame_set(frame)
        yield 0.8
        self.shot(title)
        scene.frame_set(back)

    def open_tab(self) -> Waits:
        """Show the add-on's tab in the sidebar."""
        for _ in range(_TRIES):  # a busy machine draws the sidebar late
            self.ui.sidebar(TAB)
            yield 1.5
            if self.ui.region(self.ui.area()).active_panel_category == TAB:
                return
        raise AssertionError(f"the tab {TAB} was not shown")

    def open_panel(self, panel: str) -> Waits:
        """Open this one of the tab's top panels and close those above it."""
        region = self.ui.region(self.ui.area())
        x = region.x + region.width // 3
        top = self.ui.window.height - (region.y + region.height)
        for above in _PANELS[: _PANELS.index(panel)]:
            if above in (yield from self._open_panels()):
                yield from self._switch(above, x, range(top + _FIRST_HEADER, top + _HEADERS, _STEP))
        yield from self._switch(panel, x, range(top + _HEADERS, top, -_STEP))

    def _switch(self, panel: str, x: int, heights: range) -> Waits:
        """Open or close a panel: click its header, which is at one of these heights."""
        for y in heights:
            before = yield from self._open_panels()
            self.ui.click(x, y)
            changed = before ^ (yield from self._open_panels())
            if panel in changed:
                return
            if changed:
                self.ui.click(x, y)
        raise AssertionError(f"{panel} could not be opened or closed")

    def closed_below(self) -> Waits:
        """How many headings of closed panels lie below what the last open one shows itself."""
        opened: set[str] = set()
        for _ in range(_TRIES):  # a busy machine draws late
            opened = opened or (yield from self._open_panels())
        assert opened, "no panel is open"
        last = max(_PANELS, key=lambda panel: panel in opened and _PANELS.index(panel) + 1)
        after = [getattr(bpy.types, panel) for panel in _PANELS[_PANELS.index(last) + 1 :]]
        inside = [each for each in _every_panel() if getattr(each, "bl_parent_id", "") == last]
        return sum(
            1 for kind in (*after, *inside) if not hasattr(kind, "poll") or kind.poll(bpy.context)
        )

    def press(self, operator: str) -> Waits:
        """Click an operator's button."""
        yield from self._click_on(f"button {operator}", op=operator, columns=(0.3, 0.83, 0.6))

    def choose(self, field: str, name: str, chosen: Callable[[], Any]) -> Waits:
        """Pick an object in a field's list by typing its name; ``chosen`` reads the field."""
        for _ in range(_TRIES):  # on a busy machine the list may open after the typing
            yield from self._click_field(field)
            yield 1.2
            self.ui.type(name)
            yield 1.2
            self.ui.key("Return")
            yield 0.8
            self.leave()
            yield 0.3
            if chosen() is not None:
                assert chosen().name == name
                return
            self.ui.key("Escape")
            yield 0.3
        raise AssertionError(f"{name} could not be chosen as {field}")

    def fill(self, field: str, text: str) -> Waits:
        """Type a text into a field."""
        yield from self._click_field(field)
        yield 0.4
        self.ui.key("ctrl+a")
        self.ui.type(text)
        yield 0.3
        self.ui.key("Return")
        yield 0.6
        self.leave()

    def generate_and_cancel(self, operator: str) -> Waits:
        """Press the button, then Esc at once; the file must be as it was."""
        before = state()
        yield from self.press(operator)
        yield lambda: bpy.context.window_manager.neural_motion.running
        self.ui.key("Escape")
        yield _idle
        yield 0.5
        self.shot("cancelled")
        self.note(changed_by_cancel=differences(before, state()))

    def generate(self, operator: str) -> Waits:
        """Press the button and wait for the end, with a picture of the progress."""
        yield from self.press(operator)
        started = time.perf_counter()
        yield lambda: _progress() > _WELL_UNDER_WAY or _finished(operator)
        reached = _progress()
        if reached:
            self.shot("progress")
        yield lambda: _finished(operator)
        self.note(generate_s=round(time.perf_counter() - started, 2), progress=round(reached, 2))
        yield from self.settle()

    def undo(self) -> Waits:
        """One step back, with the keys."""
        area = self.ui.area()
        self.ui.move(area.x + area.width // 3, self.ui.window.height - area.y - area.height // 2)
        yield 0.3
        self.ui.key("ctrl+z")
        yield 1.5

    def settle(self) -> Waits:
        """Let headers glide to where they belong: a panel that grew covers them until then."""
        for _ in range(4):
            self.leave()
            self.ui.area().tag_redraw()
            yield 0.3

    def leave(self) -> None:
        """Move the mouse away from the sidebar."""
        region = self.ui.region(self.ui.area())
        self.ui.move(region.x - 200, self.ui.window.height // 2)

    def _click_field(self, field: str) -> Waits:
        yield from self._click_on(f"field {field}", prop=field, columns=(0.5, 0.6))

    def _click_on(self, told: str, **what: Any) -> Waits:
        for _ in range(_TRIES):  # on a busy machine the mouse is away before it is noticed
            found = yield from self.ui.find(**what)
            if found is not None:
                yield from self._click(*found)
                return
        raise AssertionError(f"no {told}")

    def _click(self, x: int, y: int) -> Waits:
        """Rest on a button before clicking it: clicks that arrive with the mouse can get lost."""
        self.ui.move(x, y)
        yield 0.4
        self.ui.click(x, y)

    def _watch(self, panel: str) -> None:
        def draw(_panel: Any, _context: Any) -> None:
            self._drawn.add(panel)

        getattr(bpy.types, panel).append(draw)

    def _open_panels(self) -> Waits:
        """Which of the top panels are drawn: those that are closed are not asked to."""
        yield 0.4
        self._drawn.clear()
        self.ui.region(self.ui.area()).tag_redraw()
        yield 0.2
        return set(self._drawn)


def _every_panel() -> list[Any]:
    names = [name for name in dir(bpy.types) if name.startswith("NEURALMOTION_PT_")]
    return [getattr(bpy.types, name) for name in names]


class Stopwatch:
    """Notes when something that was dragged was let go, and when something else changed then.

    Args:
        read: gives what changes.
    """

    def __init__(self, read: Callable[[], Any]) -> None:
        self.released_s = self.changed_s = 0.0
        self._read, self._moving, self._seen = read, False, read()
        bpy.app.timers.register(self._look)

    def took_s(self) -> float:
        """From the last release to the last change."""
        return round(self.changed_s - self.released_s, 3)

    def _look(self) -> float:
        moving = any(len(each.modal_operators) for each in bpy.context.window_manager.windows)
        if self._moving and not moving:
            self.released_s = time.perf_counter()
        if (seen := self._read()) != self._seen:
            self._seen, self.changed_s = seen, time.perf_counter()
        self._moving = moving
        return 0.005


def start(steps: Callable[[Desk], Waits], name: str) -> None:
    """Run the steps in the window, then end Blender."""
    import rbgui

    rbgui.drive(lambda ui: steps(Desk(ui, name)))


def layers() -> dict[str, list[str]]:
    """Names of the NLA tracks of every datablock that has any."""
    found = {
        f"{block.rna_type.identifier} {block.name}": [
            track.name for track in block.animation_data.nla_tracks
        ]
        for block in (*bpy.data.objects, *bpy.data.shape_keys)
        if block.animation_data is not None
    }
    return {name: tracks for name, tracks in found.items() if tracks}


def state() -> dict[str, Any]:
    """Everything in the file that a generator could change, as plain values by name."""
    taken: dict[str, Any] = {"layers": layers()}
    for action in bpy.data.actions:
        taken[f"action {action.name}"] = [
            (curve.data_path, curve.array_index, [tuple(key.co) for key in curve.keyframe_points])
            for curve in action.fcurves
        ]
    for block in bpy.data.objects:
        data = block.animation_data
        taken[f"object {block.name}"] = (
            _plain(block.matrix_world),
            [(bone.name, _plain(bone.matrix_basis)) for bone in block.pose.bones]
            if block.pose
            else [],
            data and data.action and data.action.name,
            sorted(block.keys()),
        )
    for keys in bpy.data.shape_keys:
        taken[f"shape keys {keys.name}"] = [(key.name, key.value) for key in keys.key_blocks]
    scene = bpy.context.scene
    taken["frames"] = (scene.frame_start, scene.frame_end, scene.frame_current)
    return taken


def _plain(matrix: Any) -> list[tuple[float, ...]]:
    return [tuple(row) for row in matrix]


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Names of what is not as it was."""
    return [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]


def _idle() -> bool:
    return not bpy.context.window_manager.neural_motion.running


def _progress() -> float:
    return bpy.context.window_manager.neural_motion.progress


def _finished(operator: str) -> bool:
    """Whether this operator is the last that came to its end; one that is cancelled does not."""
    done = bpy.context.window_manager.operators
    name = operator.replace(".", "_OT_").replace("neural_motion", "NEURAL_MOTION")
    return _idle() and len(done) > 0 and done[-1].bl_idname == name

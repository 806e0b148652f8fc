"""How often the preview is drawn while a film is tracked."""

from __future__ import annotations

from blender_addon.capabilities.video.preview.pace import Pace


def _drawn(drawing_s: float, tick_s: float, until_s: float) -> list[float]:
    """When it is drawn, of somebody who asks at each tick and waits while it is drawn."""
    pace, now, drawn = Pace(), 0.0, []
    while now < until_s:
        if pace.is_due(now):
            drawn.append(now)
            pace.asked(now)
            now += drawing_s
        now += tick_s
    return drawn


def test_where_drawing_is_quick_each_third_tick_or_so_is_drawn() -> None:
    assert len(_drawn(0.01, 0.05, 10.0)) > 30


def test_slow_drawing_takes_a_small_part_of_the_time() -> None:
    drawn = _drawn(0.6, 0.05, 60.0)
    assert 10 < len(drawn) < 30
    assert 0.6 * len(drawn) < 0.3 * 60.0


def test_the_first_is_due_at_once_and_nothing_rests_without_drawing() -> None:
    pace = Pace()
    assert pace.is_due(5.0)
    assert pace.is_due(5.0)

"""Pictures of gaze: where people and characters look, for how long, how far and whither."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from blender_addon.core.gaze.events import ROLES

from .metrics import PARTNER_RADIUS_DEG, Looks

_COLOURS = {"generated": "#c8322d", "held out": "#1f5fbf", "trained on": "#888888"}
_MOST_POINTS = 2000
_BINS = {
    "duration": np.linspace(0.0, 1.5, 61),
    "amplitude": np.linspace(0.0, 30.0, 61),
    "direction": np.linspace(-180.0, 180.0, 37),
}
_LABELS = {"duration": "fixation, s", "amplitude": "saccade, degrees", "direction": "whither"}


def draw_looks(
    systems: Mapping[str, Mapping[int, Looks]], png_path: Path, title: str = "Gaze"
) -> None:
    """Draw every role in a row: fixations of each system, and its distributions.

    Args:
        systems: "generated", "held out", "trained on" to what was observed by role.
        png_path: file to write; its folder is made.
        title: printed on top.
    """
    figure = Figure(figsize=(22, 4.2 * len(ROLES)), dpi=70, layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(len(ROLES), 6)
    for role, name in enumerate(ROLES):
        looks = {system: found[role] for system, found in systems.items() if role in found}
        for place, (system, each) in zip(axes[role], looks.items(), strict=False):
            _draw_fixations(place, each, f"{name}, {system}", _COLOURS[system])
        for place, quantity in zip(axes[role][3:], _BINS, strict=True):
            _draw_distribution(place, looks, quantity)
    FigureCanvasAgg(figure)
    png_path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png_path)


def _draw_fixations(axes: Axes, looks: Looks, title: str, colour: str) -> None:
    """As the character sees it: its left is on the left."""
    points = looks.directions_deg
    if len(points) > _MOST_POINTS:
        chosen = np.random.default_rng(0).choice(len(points), _MOST_POINTS, replace=False)
        points = points[np.sort(chosen)]
    axes.plot(-points[:, 0], points[:, 1], ".", ms=2, alpha=0.4, color=colour)
    around = np.linspace(0, 2 * np.pi, 73)
    axes.plot(
        PARTNER_RADIUS_DEG * np.cos(around), PARTNER_RADIUS_DEG * np.sin(around), "k-", lw=0.6
    )
    shares = f"partner {looks.partner_share:.0%}, {looks.rate_hz:.1f}/s"
    axes.set(title=f"{title}\n{shares}", xlim=(-45, 45), ylim=(-35, 35), aspect="equal")
    axes.set(xlabel="degrees to the right", ylabel="up")
    axes.grid(alpha=0.3)


def _draw_distribution(axes: Axes, looks: Mapping[str, Looks], quantity: str) -> None:
    bins = _BINS[quantity]
    for system, each in looks.items():
        values = getattr(each, quantity)
        colour = _COLOURS[system]
        axes.hist(values, bins, density=True, histtype="step", color=colour, label=system)
    axes.set(xlabel=_LABELS[quantity], yticks=[])
    if quantity == "amplitude":
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0.0)
    axes.legend(loc="best")

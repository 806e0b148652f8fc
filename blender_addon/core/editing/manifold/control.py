"""What the manifold is controlled by: a way over the ground and the feet's contacts.

Source: Holden, Saito, Komura 2016, section 6: k = 7, the root's velocities and the contacts.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...inference.layout import Layout
from .features import LAYOUT

CONTROL_LAYOUT: Final = Layout({"root_velocity": 3, "contacts": 4})
"""Of a frame, as in the features; contacts are −1 or 1."""


def control_of(features: Floats) -> Floats:
    """(T, 7) the control that goes with features (T, 73)."""
    parts = LAYOUT.slices
    return control(features[:, parts["root_velocity"]], features[:, parts["contacts"]] > 0.5)


def control(velocity: Floats, contacts: Bools) -> Floats:
    """(T, 7) of root velocities (T, 3) as in the features' layout, and contacts (T, 4)."""
    signs = np.where(contacts, 1.0, -1.0)
    return np.asarray(np.concatenate((velocity, signs), axis=1), np.float32)

"""Which character the panels are about, and where its settings hang."""

from __future__ import annotations

from .add_demo_character import CLASSES as ADD_DEMO_CHARACTER
from .panel import CLASSES as PANEL
from .use_selected import CLASSES as USE_SELECTED

CLASSES = (*ADD_DEMO_CHARACTER, *USE_SELECTED, *PANEL)

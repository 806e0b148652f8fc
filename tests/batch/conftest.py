"""What tests of batches share."""

from __future__ import annotations

import pytest

from tests.batch import shots


@pytest.fixture
def folder(addon, tmp_path):
    """A folder with a shot in it, the extension switched on."""
    shots.save_shot(tmp_path)
    return tmp_path

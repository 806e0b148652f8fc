"""Four-legged rigs that go along a path, measured as Blender shows them."""

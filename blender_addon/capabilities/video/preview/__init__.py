"""The film behind the 3D view: what was found in it, the person picked, the joints pinned."""

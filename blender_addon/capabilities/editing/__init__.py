"""Motion in the scene: fill, clean, restyle, connect, loop, vary and follow, on any rig."""

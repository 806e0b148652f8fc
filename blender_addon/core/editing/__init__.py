"""Editing of motion on the common skeleton: fill, clean, restyle, connect, loop, vary, follow."""

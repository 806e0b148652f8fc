"""Everything that runs without Blender: standard library and NumPy only.

Shared by the extension and by the training package, so that a feature used in
training is literally the one used in the scene.
"""

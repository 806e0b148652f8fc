"""The only code that reads and writes Blender's data."""

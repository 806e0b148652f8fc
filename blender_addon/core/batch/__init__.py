"""Many shots in a row: what a jobs file asks for, and how far it is. No Blender data."""

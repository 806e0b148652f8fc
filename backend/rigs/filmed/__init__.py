"""People who move in front of a camera: pictures, and where their joints truly are."""

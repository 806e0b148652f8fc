"""How well a person in a film is followed: measures that judge any system's joints, and films."""

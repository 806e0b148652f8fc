"""Music as heard: what it sounds like over time, its tempo, beats and measures."""

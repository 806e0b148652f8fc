"""Films of the scene: movie files, movie clips, image sequences and strips of the sequencer."""

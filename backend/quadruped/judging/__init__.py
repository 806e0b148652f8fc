"""How well an animal moves: measures that judge any motion of four feet, and what they judge."""

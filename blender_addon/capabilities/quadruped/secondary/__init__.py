"""What follows the body by rules: tail, ears, breath, a look; written as a layer."""

"""A face: eyes, lids, lips, teeth, lashes, brows, and the 52 shapes fitted to them."""

"""How someone walks, shaped on top of what the network says and before feet are held."""

"""Where feet are put: steps chosen on a map of heights, and motions led along them."""

"""Auto Update: the walk follows whatever it was generated from, as soon as the mouse rests."""

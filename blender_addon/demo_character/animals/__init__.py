"""Animals to try the four-legged motion on: their bones, and bodies grown around them."""

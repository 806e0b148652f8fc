"""An edit written into the scene: as a layer, as an action or as a strip."""

"""Four-legged animals along paths: laws of gait, bodies, the network's features, the pipeline."""

"""What a viewer sees that an average does not: tails, spreads, knees, stops, standing."""

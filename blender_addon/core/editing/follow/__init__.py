"""Follow: motion along a curve, in the manner of a clip."""

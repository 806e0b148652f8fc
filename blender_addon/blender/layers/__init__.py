"""Results of ours as they lie on a character: listed, switched, merged, taken out."""

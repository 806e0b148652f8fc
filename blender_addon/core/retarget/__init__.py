"""From one skeleton to another: joint maps, rests, feet."""

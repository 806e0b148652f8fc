"""Hair and beards: styles laid in locks over anybody's skull and face."""

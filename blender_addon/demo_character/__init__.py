"""The character that Add Demo Character builds."""

"""How people stand: captured idles, weight shifts and glances."""

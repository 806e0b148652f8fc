"""LAFAN1's benchmark of in-betweening."""

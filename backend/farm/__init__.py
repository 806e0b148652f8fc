"""A jobs file on many machines: a Dask cluster, or a render manager (flamenco/)."""

"""One file for each capability: requests in, clips out."""

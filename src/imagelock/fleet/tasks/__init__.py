"""Work for many processes, on this machine or on a cluster."""

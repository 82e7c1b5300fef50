"""One number of a network, made by hand from the network's own weights. Only `probing` needs torch."""

"""The loss of a network over two of its weights: a landscape to walk down. Only `directions` needs torch."""

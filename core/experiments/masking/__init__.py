"""What covering a region does to a network's answers, against covering as much elsewhere."""

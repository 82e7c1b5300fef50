"""The Explain page: who is asked, about which image, what it answers, and whether the map can be trusted."""

"""The Model page in parts: what a network is made of, what one of its numbers is, how it learns."""

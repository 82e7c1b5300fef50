"""Reading images blind and then with a network's help: the cases, the answers, and what comes of them."""

"""Is an image like those that a network was trained on? Three scores, and how often they miss, measured."""

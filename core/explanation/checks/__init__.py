"""Can this map be trusted? Checks that can fail, each with its number, its threshold and a plain sentence."""

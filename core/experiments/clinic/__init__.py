"""The tutorial clinic: recipes that tutorials get wrong, beside the right ones, and what it costs."""

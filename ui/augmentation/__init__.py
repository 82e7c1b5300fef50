"""The augmentation laboratory on its page: what is drawn, and what it does to labels, lesions and answers."""

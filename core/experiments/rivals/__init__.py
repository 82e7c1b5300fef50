"""What was done before deep learning, asked about the same images: rivals that a network should beat."""

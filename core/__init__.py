"""The workflow of Lightbox without its screens, for pages, command line, worker and tests alike."""

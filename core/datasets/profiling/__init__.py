"""What a data set says of itself: counts, copies, doubtful labels, and shortcuts to the label.

`make_profile` does all of it in one pass over the pictures; `start_profile` does it in the background.
"""

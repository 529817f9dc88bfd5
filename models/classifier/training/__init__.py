"""Training of a classifier on any pictures with classes: data, augmentation, rungs of the ladder, scores, card."""

"""Training of the detector's second head, which finds people, on the features that its face head uses."""

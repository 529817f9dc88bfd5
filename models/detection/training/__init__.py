"""The face detector: one pass over the photo gives a heat map of face centres, boxes and five marks a face.

`python -m models.training detector --wider PATH` trains and publishes it, `… evaluate detector --data PATH` scores it.
"""

"""The facial keypoint network: `python -m models.training keypoints --data68 PATH --data5 PATH` trains it."""

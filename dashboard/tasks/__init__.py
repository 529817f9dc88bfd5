"""Kinds of network."""

EXPRESSION_TASK, POSE_TASK, DETECTION_TASK = "expression", "pose", "detection"

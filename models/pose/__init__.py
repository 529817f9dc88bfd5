"""The fourteen joints of a body: `predict` on crops, and `find_people` on photos."""

from models.pose.inference import (
    DEFAULT,
    JOINTS,
    LIMBS,
    MARGIN,
    MIRRORED,
    NAMES,
    SIZE,
    SKELETON,
    STRIDE,
    TORSO,
    UPPER,
    Thresholds,
    compile_pose,
    crop_square,
    decode_joints,
    forward,
    heat_maps,
    predict,
    square_of_joints,
    thresholds,
)

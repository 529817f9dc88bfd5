"""Speed of `analyse` with one face and with thirty on a photo of the same size, step by step.

The steps after the detection see all faces of a photo in one batch, so thirty faces cost less than thirty times one.
"""

from statistics import median

import cv2
import numpy as np

from models import analyse, load_image
from models.detection import DETECTORS
from sample_images import SAMPLES

COLUMNS, ROWS = 6, 5
TILE = 200
RUNS = 15
STEPS = ("detect", "keypoints", "align", "expression")
AFTER = STEPS[1:]
ROW = "{:24}{:>10}{:>10}{:>8}"


def photo_with(faces: int) -> np.ndarray:
    """Return a photo of 1200 × 1000 pixels with so many portraits on grey, RGB uint8."""
    portrait = load_image(SAMPLES[0].path)[20:220, 120:320]
    portrait = cv2.resize(portrait, (TILE, TILE), interpolation=cv2.INTER_AREA)
    photo = np.full((ROWS * TILE, COLUMNS * TILE, 3), 128, np.uint8)
    for number in range(faces):
        top, left = TILE * (number // COLUMNS), TILE * (number % COLUMNS)
        photo[top : top + TILE, left : left + TILE] = portrait
    return photo


def step_seconds(photo: np.ndarray, detector: str, faces: int) -> dict[str, float]:
    """Return the median seconds of each step, and of all after the detection, when everything is warm."""
    runs = []
    for _ in range(RUNS + 2):
        analysis = analyse(photo, detector, people=False)
        if len(analysis.faces) != faces:
            raise RuntimeError(f"{detector} finds {len(analysis.faces)} of {faces} faces")
        runs.append(analysis.seconds)
    seconds = {step: median(run[step] for run in runs[2:]) for step in STEPS}
    return seconds | {
        "after the detection": median(sum(run[step] for step in AFTER) for run in runs[2:]),
        "all": median(sum(run.values()) for run in runs[2:]),
    }


def report(detector: str, one: dict[str, float], many: dict[str, float]) -> None:
    """Print a row for each step: milliseconds with one face and with thirty, and how many times as much."""
    count = COLUMNS * ROWS
    print(f"\n{DETECTORS[detector].label}, photo of {COLUMNS * TILE} × {ROWS * TILE} pixels")
    print(ROW.format("milliseconds", "1 face", f"{count} faces", "times"))
    for step in one:
        print(ROW.format(step, f"{1000 * one[step]:.1f}", f"{1000 * many[step]:.1f}", f"{many[step] / one[step]:.1f}"))


def main() -> None:
    """Measure with each detector and print the tables."""
    count = COLUMNS * ROWS
    for detector in DETECTORS:
        report(detector, step_seconds(photo_with(1), detector, 1), step_seconds(photo_with(count), detector, count))


if __name__ == "__main__":
    main()

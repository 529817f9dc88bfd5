"""Find once what is on the sample pictures, so that the app shows an answer before its networks are loaded.

python -m dashboard.make_sample_results
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import interp
import models
import sample_images
from dashboard.services import networks, samples
from dashboard.services.explanations import answer_question, usual_question
from dashboard.services.reasons import examine, masks
from dashboard.services.samples import DETECTOR, NETWORKS, SampleResult
from dashboard.subject import DEFAULT_NETWORK, Photo, Subject
from models import networks as published


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute and write the results of all samples; `arguments` default to the command line's."""
    words = __doc__.splitlines()[0]
    argparse.ArgumentParser(prog="python -m dashboard.make_sample_results", description=words).parse_args(arguments)
    found = {}
    for sample in sample_images.SAMPLES:
        photo = Photo(sample.title, sample.path.read_bytes(), "Sample")
        found[photo.id] = result_of(photo)
        sys.stderr.write(f"{sample.title}: {len(found[photo.id].analysis.faces)} faces\n")
    hashes = {name: known for name in NETWORKS if (known := networks.weights_hash(name)) is not None}
    path = samples.write(found, hashes, published.WEIGHTS / "tables")
    sys.stdout.write(f"{path}\n")


def result_of(photo: Photo) -> SampleResult:
    """Return what is found on a sample now."""
    image = models.load_image(photo.data)
    analysis = models.analyse(image, detector=DETECTOR)
    maps, diagnoses, reasons = [], [], []
    for index in range(len(analysis.faces)):
        subject = Subject(photo, image, analysis, index, DEFAULT_NETWORK)
        view = networks.view(subject, DEFAULT_NETWORK)
        target = view.goal_of_class(subject.winner).target
        maps.append(answer_question(usual_question(DEFAULT_NETWORK, view.pixels, target)))
        diagnoses.append(interp.diagnose(networks.network(DEFAULT_NETWORK), view.picture, maps[-1]))
        reasons.append(examine(view, DEFAULT_NETWORK, subject.winner, masks(subject, view)))
    return SampleResult(analysis, tuple(maps), tuple(diagnoses), tuple(reasons))


if __name__ == "__main__":
    main()

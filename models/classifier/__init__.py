"""What a picture shows, among a few classes: `predict`, by networks of other domains than faces and bodies."""

from models.classifier.inference import (
    DEFAULT,
    FITS,
    Fit,
    compile_classifier,
    fit_box,
    fit_input,
    list_networks,
    predict,
)

__all__ = ["DEFAULT", "FITS", "Fit", "compile_classifier", "fit_box", "fit_input", "list_networks", "predict"]

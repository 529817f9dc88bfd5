"""What a picture shows, among a few classes: `predict`, by networks of other domains than faces and bodies."""

from models.classifier.inference import DEFAULT, compile_classifier, fit_input, list_networks, predict

__all__ = ["DEFAULT", "compile_classifier", "fit_input", "list_networks", "predict"]

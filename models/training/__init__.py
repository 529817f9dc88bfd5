"""What all trainings share, and their command line: plain Keras 3, the same under TensorFlow, JAX and torch.

`python -m models.training emotion --data PATH` trains, `python -m models.training evaluate NAME --data PATH` scores.
The training of a network stands in `models/NAME/training/`.
"""

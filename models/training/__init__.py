"""Training and scoring of the networks that ship: plain Keras 3, the same under TensorFlow, JAX and torch.

`python -m models.training emotion --data PATH` trains, `python -m models.training evaluate NAME --data PATH` scores.
"""

"""Keras and TensorFlow, imported at the first use of one of their names and not before.

`from interp.lazy import keras, tf` stands where `import keras` and `import tensorflow as tf` would. So `interp` can be
imported at the top of any module without the seconds that TensorFlow takes. Such a module has
`from __future__ import annotations`, and names no class of theirs outside of functions.
"""

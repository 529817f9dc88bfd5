"""Print the TF_ENABLE_ONEDNN_OPTS that makes TensorFlow compute as on the other kind of processor.

By itself TensorFlow uses oneDNN's kernels on processors with AVX-512 only, and its own on all others.
"""

from tensorflow.python.util import _pywrap_util_port  # no public name tells whether oneDNN is on

if __name__ == "__main__":
    print(0 if _pywrap_util_port.IsMklEnabled() else 1)

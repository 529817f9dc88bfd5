"""What every training is configured by."""

from dataclasses import KW_ONLY, dataclass


@dataclass(frozen=True)
class Configuration:
    """Where the configurations of all trainings agree.

    Attributes:
        name: of the network: the file in models/weights and the name that `load_network` takes.
        title: for people.
        weight_decay: of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101); kernels alone decay.
        seed: of initial weights, order and augmentation, and of a split where there is one.
        dtype: Keras policy of the training; the published network is float32.
    """

    name: str
    title: str
    _: KW_ONLY
    weight_decay: float = 0.02
    seed: int = 0
    dtype: str = "mixed_bfloat16"

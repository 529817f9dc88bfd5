"""One configuration a published network: everything that decides its weights, in one readable place."""

from dataclasses import dataclass, field

from models.training.augmentation import AugmentationSettings


@dataclass(frozen=True)
class EmotionConfiguration:
    """How an emotion network is built and trained.

    Attributes:
        name: of the network: the file in models/weights and the name that `load_network` takes.
        title: for people.
        widths, depths: see `architectures.vgg_like`.
        dropout: on the pooled features.
        epochs, batch: length of the training and faces a step.
        peak_rate, warmup_epochs: SGD's learning rate rises linearly, then falls along a cosine to zero.
        momentum, weight_decay: of SGD with Nesterov momentum; kernels alone decay.
        label_smoothing: Szegedy et al. 2016, arXiv:1512.00567.
        votes_weight: weight of the auxiliary head that learns the FER+ votes (Barsoum et al. 2016, arXiv:1608.01041);
            it is dropped from the published network. Without votes in the data it is zero.
        validation: share of the training faces kept for choosing.
        seed: of split, initial weights, order and augmentation.
        dtype: Keras policy of the training; the published network is float32.
        augmentation: how far a training face may differ from the stored one.
    """

    name: str
    title: str
    widths: tuple[int, ...] = (32, 64, 128, 256)
    depths: tuple[int, ...] = (1, 2, 2, 2)
    dropout: float = 0.3
    epochs: int = 60
    batch: int = 128
    peak_rate: float = 0.1
    warmup_epochs: float = 3.0
    momentum: float = 0.9
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    votes_weight: float = 0.5
    validation: float = 0.1
    seed: int = 0
    dtype: str = "mixed_bfloat16"
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)


EMOTION = {
    configuration.name: configuration
    for configuration in (
        EmotionConfiguration(name="emotion", title="Expression network (VGG-like, 1.2 million parameters)"),
    )
}

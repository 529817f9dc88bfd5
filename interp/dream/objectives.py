"""What the ascent climbs. Objectives are targets: they add, subtract and scale like numbers."""

from interp.targets import Channel, Class, LayerEnergy, Target


def layer(name: str) -> Target:
    """Amplify whatever a layer already sees, as DeepDream does.

    Args:
        name: Name of the layer.

    Reference:
        Mordvintsev et al. 2015, "Inceptionism: Going Deeper into Neural Networks"
    """
    return LayerEnergy(name)


def channel(name: str, index: int) -> Target:
    """Make one channel of a layer answer, or one unit of a layer without space.

    Args:
        name: Name of the layer.
        index: Number of the channel.

    Reference:
        Olah et al. 2017, "Feature Visualization", doi:10.23915/distill.00007
    """
    return Channel(name, index)


def target(class_index: int, output: int = 0) -> Target:
    """Raise a class's logit; the probability would rise by pressing down the others.

    Args:
        class_index: Number of the class.
        output: Which of several outputs. Defaults to the first.

    Reference:
        Simonyan et al. 2013, arXiv:1312.6034
    """
    return Class(class_index, output)

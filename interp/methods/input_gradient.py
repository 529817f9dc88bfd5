"""Input × gradient: how much each pixel adds, by the network's slope."""

from interp.method import Maps, Method, Task
from interp.passes import input_gradients


def input_times_gradient(task: Task) -> Maps:
    """Compute `sum_c x_c dy/dx_c` for the target y and each pixel x, in the network's own range of values.

    For a linear network it is exactly what each pixel adds to the answer. Otherwise it is the slope at this picture
    alone. A pixel of value 0 gets 0 whatever it means: in a range of 0 to 255, black features stay unseen.

    Args:
        task: What is explained.

    Returns:
        The maps float32 (N, h, w), negative where a pixel speaks against the target, and the scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the picture.

    Reference:
        Shrikumar et al. 2016, "Not Just a Black Box: Learning Important Features Through Propagating Activation
        Differences", arXiv:1605.01713
    """
    gradient, scores = input_gradients(task.network, task.inputs, task.target)
    return Maps((gradient * task.inputs[task.network.picture]).sum(axis=-1), scores)


METHOD = Method(
    name="input_gradient",
    label="Input × gradient",
    summary="What each pixel adds to the target if the network were linear. Pixels of value 0 stay unseen.",
    formula=r"L = x \odot \frac{\partial y}{\partial x}",
    reference="Shrikumar et al. 2016, arXiv:1605.01713",
    signed=True,
    needs_layer=False,
    compute=input_times_gradient,
    rank=110,
)

"""The same ascent with more and more help, to show what each help is for."""

from collections.abc import Iterator
from typing import Any

from interp.dream.ascent import TRANSFORMS, Frame, dream
from interp.network import Network
from interp.targets import Target

VARIATION = 0.15  # enough to smooth, too little to blur
LADDER: dict[str, dict[str, Any]] = {
    "none": {"parameterisation": "pixel", "transforms": (), "total_variation": 0.0},
    "total variation": {"parameterisation": "pixel", "transforms": (), "total_variation": VARIATION},
    "jitter": {"parameterisation": "pixel", "transforms": TRANSFORMS, "total_variation": VARIATION},
    "fourier": {"parameterisation": "fourier", "transforms": TRANSFORMS, "total_variation": VARIATION},
}


def ladder(network: Network, objective: Target, **settings: Any) -> Iterator[tuple[str, Frame]]:
    """Climb the same objective from the same seed, first without any regularisation, then with one more a rung.

    The rungs are those of `LADDER`: none, total variation, jitter on top of it, and the Fourier parameterisation on
    top of both. `dict(ladder(...))` keeps the last frame of each.

    Args:
        network: The network.
        objective: What shall rise.
        **settings: Settings of `dream` that all rungs share, such as `start`, `steps` and `seed`.

    Returns:
        An iterator of the rung's name and its frame, rung after rung.

    Raises:
        ValueError: A setting is the rungs' own, or `dream` refuses it.

    Reference:
        Olah et al. 2017, "Feature Visualization", doi:10.23915/distill.00007
    """
    own = sorted(settings.keys() & LADDER["none"].keys())
    if own:
        raise ValueError(f"The rungs of the ladder set {', '.join(own)} themselves.")
    climbs = {rung: dream(network, objective, **settings, **helps) for rung, helps in LADDER.items()}
    return ((rung, frame) for rung, frames in climbs.items() for frame in frames)

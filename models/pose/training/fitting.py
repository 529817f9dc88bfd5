"""Fitting a pose network: crops drawn in a thread, cycles at growing sizes, gross errors dropped, resumable, logged."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import keras
import numpy as np
from keras import layers, ops

from models.pose import JOINTS, LIMBS, SIZE, STRIDE, decode_joints
from models.pose.training.architecture import carry_weights, pose_network
from models.pose.training.augmentation import CropMaker, Crops, regular_person_crops
from models.pose.training.configurations import PoseConfiguration, PoseCycle
from models.pose.training.datasets import PoseData, join, split_tuning, without
from models.pose.training.evaluation import find_gross_errors, relabel, second_opinion
from models.training.fitting import (
    Tensor,
    compile_trainer,
    cosine_rate,
    draw_ahead,
    dtype_policy,
    float32_copy,
    output_is_loss,
    usual_callbacks,
    verbosity,
)
from models.training.logs import finished_epochs, join_logs

Batch: TypeAlias = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]

LOSSES = ("maps", "confidence")
_MOST_WATCHED = 500  # people scored after every epoch


def build_pose(configuration: PoseConfiguration, dtype: str = "float32", size: int = SIZE) -> keras.Model:
    """Return the untrained network of a configuration under a Keras dtype policy, for crops of some size."""
    with dtype_policy(dtype):
        return pose_network(
            configuration.stem,
            configuration.widths,
            configuration.depths,
            configuration.expansion,
            configuration.merged,
            configuration.refined,
            size=size,
            name=configuration.name,
        )


def fit_pose(
    configuration: PoseConfiguration,
    experts: PoseData,
    crowd: PoseData | None,
    folder: Path,
    people_limit: int | None = None,
) -> keras.Model:
    """Train a network; start again with the same folder to resume after an interruption.

    Args:
        configuration: what to train and how.
        experts: people with careful labels, as LSP's. The train split is learned but for a tenth, the tuning part,
            which is watched; the other splits are not touched.
        crowd: people labelled by a crowd, as those of LSP Extended; None trains without. The configuration's splits
            are learned; a val split that is not among them is watched too.
        folder: takes, for cycle K, `cycleK/` with the checkpoint and, after every epoch, the float32 network
            `network.keras`, and the labels dropped before it, `dropped.npz`; and the log of all, `log.csv`.
        people_limit: at most so many people to learn and to watch; for rehearsals. Defaults to all.

    Returns:
        The float32 network for crops of 256 pixels with the weights of the last epoch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    careful, watched = split_tuning(experts)
    if len(careful) == 0 or len(watched) == 0:
        raise ValueError("There are too few people of the train split to learn from.")
    learned = None if crowd is None else crowd.part(*configuration.crowd_splits)
    if crowd is not None and "val" not in configuration.crowd_splits:
        watched = join(watched, crowd.part("val"))
    watched = watched.take(np.arange(min(len(watched), people_limit or _MOST_WATCHED)))
    if people_limit is not None:
        careful = careful.take(np.arange(min(len(careful), people_limit)))
        learned = None if learned is None else learned.take(np.arange(min(len(learned), people_limit)))
    keras.utils.set_random_seed(configuration.seed)
    network = build_pose(_of_cycle(configuration, configuration.cycles[0]), size=configuration.cycles[0].size)
    folders = [folder / f"cycle{number}" for number in range(1, len(configuration.cycles) + 1)]
    for number, cycle in enumerate(configuration.cycles):
        trusted = learned
        if number and learned is not None and configuration.keep < 1 and not (folders[number] / "done.keras").exists():
            trusted = _reconsider(configuration, cycle, network, learned, folders[number] / "dropped.npz")
        people = careful if trusted is None else join(careful, trusted)
        settings = _of_cycle(configuration, cycle)
        shares = np.where(np.arange(len(people)) < len(careful), settings.expert_share, 1)
        network = _fit_cycle(settings, cycle, network, people, shares, watched, folders[number])
    join_logs(folders, folder / "log.csv")
    result = build_pose(configuration)
    carry_weights(network, result)
    return result


class PoseLosses(keras.layers.Layer):
    """What a batch costs, person by person; each answer is float32 (N,).

    "maps" is the cross-entropy of each joint's heat map with a round spot at its label, over the joints that are
    labelled and on the crop. The map is first mixed with an even one, by the share of labels that are nonsense; so a
    label far from where the network is sure costs little, and its gradient is small. "confidence" is the cross-entropy
    with whether the joint came out within a fifth of the torso; a joint that is not on the crop is never right. "pck"
    is not a loss but the share of limb joints that came out right.
    """

    def __init__(self, outliers: float, spot: float) -> None:
        super().__init__(dtype="float32", name="losses")
        self.outliers, self.spot = outliers, spot

    def call(self, labels: dict[str, Tensor], maps: Tensor, logits: Tensor) -> dict[str, Tensor]:
        """Return the losses of a batch.

        Args:
            labels: "joints" (N, 14, 2), "known" (N, 14), "outside" (N, 14) and "reach" (N,), as `Crops` has them.
            maps: (N, h, w, 14) before softmax.
            logits: (N, 14) of the confidence.
        """
        joints, known, outside = labels["joints"], labels["known"], labels["outside"]
        height, width = maps.shape[1:3]
        shares = ops.exp(maps - ops.stop_gradient(ops.max(maps, axis=(1, 2), keepdims=True)))
        shares = shares / ops.sum(shares, axis=(1, 2), keepdims=True)
        mixed = (1 - self.outliers) * shares + self.outliers / (height * width)
        place = (joints - (STRIDE - 1) / 2) / STRIDE  # in cells
        across, down = self._bell(place[..., 0], width), self._bell(place[..., 1], height)  # (N, cells, 14)
        spot = down[:, :, None] * across[:, None]
        entropy = -ops.sum(spot * ops.log(mixed), axis=(1, 2))

        found = decode_joints(ops.stop_gradient(shares))
        distance = ops.sqrt(ops.sum((found - joints) ** 2, axis=-1))
        right = known * ops.cast(distance < labels["reach"][:, None], "float32")
        doubt = ops.softplus(logits) - right * logits
        limbs = np.isin(np.arange(JOINTS), LIMBS).astype(np.float32)
        return {
            "maps": ops.sum(known * entropy, axis=1) / JOINTS,
            "confidence": ops.sum((known + outside) * doubt, axis=1) / JOINTS,
            "pck": ops.sum(right * limbs, axis=1) / ops.maximum(ops.mean(ops.sum(known * limbs, axis=1)), 1e-6),
        }

    def _bell(self, place: Tensor, cells: int) -> Tensor:
        """Return (N, cells, 14): a bell around each place that sums to 1, also where it is cut off by the edge."""
        line = ops.arange(cells, dtype="float32")[None, :, None]
        bell = ops.exp(-0.5 * ((line - place[:, None]) / self.spot) ** 2)
        return bell / (ops.sum(bell, axis=1, keepdims=True) + 1e-9)


def draw_crops(maker: CropMaker, order: "Order", seed: int, number: int) -> Batch:
    """Return batch `number` of a cycle; it depends on its number and the seed alone."""
    return _as_batch(maker.draw(order.positions(number), np.random.default_rng((seed, maker.size, number))))


class Order:
    """Which people each batch shows: all of them, some more often, in a new order every epoch.

    Args:
        shares: int (N,), how often each person is shown in an epoch.
        batch: people a batch; an epoch's last people are left out where they fill none.
        seed: of the order.
    """

    def __init__(self, shares: np.ndarray, batch: int, seed: int) -> None:
        self.all, self.seed = np.repeat(np.arange(len(shares)), shares), seed
        self.batch = min(batch, len(self.all))
        self.steps = len(self.all) // self.batch

    def positions(self, number: int) -> np.ndarray:
        """Return the people of batch `number`, counted through all epochs."""
        epoch, step = divmod(number, self.steps)
        mixed = np.random.default_rng((self.seed, epoch)).permutation(self.all)
        return mixed[step * self.batch : (step + 1) * self.batch]


def _fit_cycle(
    configuration: PoseConfiguration,
    cycle: PoseCycle,
    start: keras.Model,
    people: PoseData,
    shares: np.ndarray,
    watched: PoseData,
    folder: Path,
) -> keras.Model:
    """Return one cycle from the weights of `start`; a cycle that has ended is read from its folder."""
    done = folder / "done.keras"
    if done.exists():
        return keras.saving.load_model(done, compile=False)
    folder.mkdir(exist_ok=True)
    build = partial(build_pose, configuration, size=cycle.size)
    network = build(configuration.dtype)
    carry_weights(start, network)
    trainer = _trainer(network, configuration)
    order = Order(shares, configuration.batch, configuration.seed)
    _compile(trainer, configuration, cycle, order.steps)
    maker = CropMaker(people, configuration.augmentation, cycle.size)
    draw = partial(draw_crops, maker, order, configuration.seed)
    with ThreadPoolExecutor(1) as thread:
        trainer.fit(
            draw_ahead(draw, thread, finished_epochs(folder / "log.csv") * order.steps),
            steps_per_epoch=order.steps,
            epochs=cycle.epochs,
            shuffle=False,
            validation_data=_as_batch(regular_person_crops(watched, cycle.size)),
            validation_batch_size=configuration.batch,
            callbacks=usual_callbacks(folder, lambda: float32_copy(network, build), cycle.epochs),
            verbose=verbosity(),
        )
    result = float32_copy(network, build)
    result.save(done)
    return result


def _of_cycle(configuration: PoseConfiguration, cycle: PoseCycle) -> PoseConfiguration:
    """Return the configuration with all that the cycle says otherwise."""
    names = ("augmentation", "expert_share", "depths", "refined", "seed", "dtype")
    return replace(configuration, **{name: value for name in names if (value := getattr(cycle, name)) is not None})


def _reconsider(
    configuration: PoseConfiguration, cycle: PoseCycle, network: keras.Model, crowd: PoseData, path: Path
) -> PoseData:
    """Return the crowd's people without the labels that the network is sure are wrong, or with better ones.

    Its answers are kept in a file for a resumed run.
    """
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        said = second_opinion(network, crowd)
        wrong = find_gross_errors(crowd, said, configuration.keep, configuration.gross, configuration.agreement)
        if cycle.relabel:
            better = relabel(crowd, said, cycle.relabel, configuration.gross)
            wrong &= (better.joints == crowd.joints).all(axis=-1)
        np.savez_compressed(path, wrong=wrong, said=said)
        known = int(crowd.known.sum())
        sys.stdout.write(f"{int(wrong.sum())} of the crowd's {known} labels are gross errors and dropped\n")
    with np.load(path) as file:
        wrong, said = file["wrong"], file["said"]
    if wrong.shape != crowd.known.shape:
        raise ValueError(f"{path.name} was made for {len(wrong)} people, not {len(crowd)}; choose another folder.")
    return without(relabel(crowd, said, cycle.relabel, configuration.gross) if cycle.relabel else crowd, wrong)


def _as_batch(crops: Crops) -> Batch:
    labels = {"joints": crops.joints, "known": crops.known, "outside": crops.outside, "reach": crops.reach}
    nothing = np.zeros(len(crops.pictures), np.float32)
    return {"pictures": crops.pictures, **labels}, dict.fromkeys((*LOSSES, "pck"), nothing)


def _trainer(network: keras.Model, configuration: PoseConfiguration) -> keras.Model:
    """Return a model from crops and labels to the losses, which shares the network's weights."""
    shapes = {"joints": (JOINTS, 2), "known": (JOINTS,), "outside": (JOINTS,), "reach": ()}
    labels = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    pictures = keras.Input(network.input_shape[1:], dtype="uint8", name="pictures")
    pixels = layers.Rescaling(1.0, dtype="float32", name="as_float")(pictures)
    body = keras.Model(network.input, [network.get_layer(name).output for name in ("heat_maps", "confidence_logits")])
    maps, logits = body(pixels)
    costs = PoseLosses(configuration.outliers, configuration.spot)(labels, maps, logits)
    return keras.Model(
        {"pictures": pictures, **labels},
        {name: layers.Identity(name=name, dtype="float32")(cost) for name, cost in costs.items()},
    )


def _compile(trainer: keras.Model, configuration: PoseConfiguration, cycle: PoseCycle, steps_per_epoch: int) -> None:
    warmup = int(cycle.warmup_epochs * steps_per_epoch)
    rate = cosine_rate(cycle.peak_rate, cycle.epochs * steps_per_epoch, warmup, end=0.01)
    compile_trainer(
        trainer,
        keras.optimizers.AdamW(rate, weight_decay=configuration.weight_decay, clipnorm=5.0),
        loss=dict.fromkeys((*LOSSES, "pck"), output_is_loss),
        loss_weights={"maps": 1.0, "confidence": configuration.confidence_weight, "pck": 0.0},
    )

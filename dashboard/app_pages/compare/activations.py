"""What one layer makes of two sides."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.app_pages.compare.maps import choose_layers
from dashboard.app_pages.compare.views import Mode, Sides, side_head
from dashboard.drawing import pictures
from dashboard.drawing.words import three_digits
from dashboard.pickers.look import choose_palette
from dashboard.services import explanations
from dashboard.widgets.drawer import drawer
from dashboard.widgets.gallery import Tile, gallery
from dashboard.widgets.maps import show_colour_bar
from interp import render

CHANNELS = 8
"""The strongest channels that stand for a layer."""
TILE_SIDE = 144


def show_activations(sides: Sides, mode: Mode, bar: DeltaGenerator) -> None:
    """Show the channels of a layer that respond most on each side."""
    with bar:
        settings = drawer("compare_settings", "Layer and colours")
    with settings:
        layers = choose_layers(sides)
        look = choose_palette()
    found = [
        explanations.activations(side.network_name, side.view.pixels, layer)
        for side, layer in zip(sides, layers, strict=True)
    ]
    is_comparable = len({(side.network_name, layer) for side, layer in zip(sides, layers, strict=True)}) == 1
    limits = [max(float(np.abs(maps).max()), 1e-12) for maps in found]
    limits = [max(limits)] * len(limits) if is_comparable else limits
    for number, (column, side, maps, limit) in enumerate(
        zip(st.columns(2, gap="large"), sides, found, limits, strict=True)
    ):
        with column, st.container(key=f"main_picture_{number}"):
            side_head(side)
            st.markdown(
                f"Layer {layers[number]}: the {min(CHANNELS, maps.shape[-1])} strongest of {maps.shape[-1]} channels"
            )
            tiles = [
                Tile(
                    pictures.enlarge(
                        render.colorize(np.abs(maps[..., channel]), look.palette, limit=limit),
                        TILE_SIDE,
                        is_smooth=False,
                    ),
                    f"Channel {channel}, mean {three_digits(float(np.abs(maps[..., channel]).mean()))}",
                    f"{channel}",
                )
                for channel in strongest(maps)
            ]
            gallery(
                tiles, key=f"channels_{number}", alt=f"{side.name}: strongest channels of {layers[number]}", width=96
            )
            scale = "one scale for both sides" if is_comparable else "its own scale"
            show_colour_bar(
                np.array([limit]), look, f"How strongly each place responds, ignoring the sign; {scale}", limit=limit
            )
    if is_comparable:
        shared = set(strongest(found[0])) & set(strongest(found[1]))
        st.markdown(f"{len(shared)} of the {CHANNELS} strongest channels are the same on both sides.")
    else:
        st.caption("The channels of different layers don't match one to one: compare only the kind of pattern.")


def strongest(maps: np.ndarray) -> list[int]:
    """Return the channels (of maps h, w, channels) with the greatest mean magnitude, the strongest first."""
    return [int(channel) for channel in np.argsort(-np.abs(maps).mean(axis=(0, 1)), kind="stable")[:CHANNELS]]

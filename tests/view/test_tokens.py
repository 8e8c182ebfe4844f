"""The colours of tokens.json can be read, and told apart, also with a colour-vision deficiency."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from steepest.view.tokens import Palette, palette, ramp, rgb, trajectory_styles

# Machado, Oliveira & Fernandes (2009), severity 1.0, for linear RGB.
VISION = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip


def linear(colour: str) -> np.ndarray:
    c = np.array(rgb(colour)) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def oklab(light: np.ndarray) -> np.ndarray:
    cones = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                      [0.2119034982, 0.6806995451, 0.1073969566],
                      [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
    lab = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                    [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
    return lab @ np.cbrt(cones @ light)


def difference(a: str, b: str, eye: np.ndarray) -> float:
    return float(
        np.linalg.norm(
            oklab(np.clip(eye @ linear(a), 0, 1)) - oklab(np.clip(eye @ linear(b), 0, 1))
        )
    )


@pytest.fixture(params=["light", "dark"])
def colours(request: pytest.FixtureRequest) -> Palette:
    return palette(request.param)


def test_text_has_a_contrast_of_four_and_a_half(colours: Palette) -> None:
    # The arrows' tags and the numbers in their colour are text too.
    inks = [colours.ink, colours.quiet, colours.gradient, colours.direction, colours.level]
    assert min(contrast(ink, colours.paper) for ink in inks) >= 4.5


def test_marks_have_a_contrast_of_three_on_every_band_of_the_landscape(colours: Palette) -> None:
    marks = [colours.ink, colours.gradient, colours.direction, colours.level]
    for ground in (colours.paper, *ramp(colours.landscape, 12)):
        for mark in (*marks, *colours.trajectories):
            assert contrast(mark, ground) >= 3.0, (mark, ground)


@pytest.mark.parametrize("eye", VISION.values(), ids=VISION)
def test_meanings_are_told_apart_by_every_eye(colours: Palette, eye: np.ndarray) -> None:
    main = [colours.gradient, colours.direction, colours.level]
    for a, b in combinations(main, 2):
        assert difference(a, b, eye) >= 0.09, (a, b)
    for a in main:
        for b in colours.trajectories:
            assert difference(a, b, eye) >= 0.06, (a, b)


def test_trajectories_differ_in_dash_and_marker_as_well(colours: Palette) -> None:
    styles = trajectory_styles()
    assert len(styles) == len(colours.trajectories)
    assert len({s.dash for s in styles}) == len({s.marker for s in styles}) == len(styles)


def test_the_landscape_is_one_hue_of_rising_or_falling_lightness(colours: Palette) -> None:
    shades = [oklab(linear(c)) for c in ramp(colours.landscape, 9)]
    steps = np.diff([s[0] for s in shades])
    assert np.all(steps < 0) or np.all(steps > 0)
    assert np.ptp(np.abs(steps)) < 0.2 * np.mean(np.abs(steps))
    hues = [np.arctan2(s[2], s[1]) for s in shades]
    assert np.ptp(hues) < 0.3


def test_a_ramp_starts_and_ends_with_its_ends() -> None:
    assert ramp(("#102030", "#A0B0C0"), 5)[::4] == ("#102030", "#A0B0C0")
    assert len(ramp(("#102030", "#A0B0C0"), 1)) == 1

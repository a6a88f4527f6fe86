"""Colours that are used for text can be read by everybody: WCAG 2.2 AA, in both themes."""
from __future__ import annotations

import re

import pytest

from scanhouse.web.static import OURS

TOKENS = (OURS / "css" / "tokens.css").read_text()
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", TOKENS)
}
GROUNDS = ("paper", "surface", "raised", "hover")
TEXT = [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent", "bad") for ground in GROUNDS]
TEXT += [(kind, f"{kind}-soft") for kind in ("accent", "good", "warn", "bad", "info", "busy")]
TEXT += [("ink", f"{kind}-soft") for kind in ("accent", "good", "warn", "bad", "info")]
TEXT += [("ink-2", "accent-soft"), ("ink-3", "accent-soft"), ("on-accent", "accent"), ("on-accent", "accent-hover")]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_has_a_contrast_of_four_and_a_half(ink: str, ground: str, theme: int) -> None:
    assert contrast(COLOURS[ink][theme], COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_edge_of_a_field_and_the_ring_of_the_focus_have_a_contrast_of_three(ground: str, theme: int) -> None:
    for name in ("line-strong", "accent"):
        assert contrast(COLOURS[name][theme], COLOURS[ground][theme]) >= 3, name

import numpy as np
import pytest

from scanhouse.dicom.windows import PRESETS, BadWindow, Function, Window, apply, fitting


@pytest.mark.parametrize(
    ("window", "values", "greys"),
    [
        # PS3.3 C.11.2.1.2: c=2048, w=4096 maps 0 to the darkest and 4095 to the brightest
        (Window(2048, 4096), [-1, 0, 2047.5, 4095, 9999], [0, 0, 0.5, 1, 1]),
        (Window(2048, 1), [2047, 2048], [0, 1]),
        (Window(0, 100), [-50, 49, 50], [0, 1, 1]),
        (Window(0, 100, Function.LINEAR_EXACT), [-50, 0, 50], [0, 0.5, 1]),
        (Window(0, 100, Function.SIGMOID), [0, 25, -1e9], [0.5, 1 / (1 + np.exp(-1)), 0]),
    ],
)
def test_windows_map_values_as_the_standard_says(window, values, greys):
    assert apply(np.array(values), window) == pytest.approx(greys)


@pytest.mark.parametrize(("width", "function"), [(0.5, "LINEAR"), (0, "LINEAR_EXACT"), (-1, "SIGMOID"), (float("nan"), "LINEAR"), (1e31, "LINEAR")])
def test_a_window_needs_a_width(width, function):
    with pytest.raises(BadWindow):
        Window(0, width, Function(function))


def test_a_fitting_window_spans_the_values_but_not_the_padding():
    values = np.concatenate([np.full(1000, -2000), np.linspace(0, 100, 1000)])

    window = fitting(values, padding=values == -2000)

    assert 95 < window.width <= 100
    assert 45 < window.center < 55


@pytest.mark.parametrize("values", [[], [5, 5, 5], [np.nan, np.inf], [-1e300, 1e300]])
def test_any_values_have_a_window(values):
    assert fitting(np.array(values, dtype=float)).width > 0


def test_presets_are_windows_by_modality():
    assert PRESETS["CT"]["lung"] == Window(-600, 1500)

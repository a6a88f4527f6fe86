"""The demonstration: a project that is worth looking at, made once."""
from __future__ import annotations

import io
from itertools import islice

import numpy as np
import pydicom
import pytest

from scanhouse.ops import demo, phantom
from scanhouse.records.models import Experiment, File


def test_the_chest_is_the_same_each_time_and_has_the_densities_of_organs() -> None:
    (z, first), (_, again) = next(phantom.slices()), next(phantom.slices())
    assert z == -(phantom.SLICES - 1) / 2 * phantom.STEP
    assert np.array_equal(first, again)
    assert first.shape == (phantom.SIDE, phantom.SIDE)
    assert first[5, 5] < -900  # air around the body
    assert 20 < np.median(first[200:260, 180:220]) < 90  # the liver


def test_its_slices_are_ct_images_of_one_volume() -> None:
    one, two = (pydicom.dcmread(io.BytesIO(data)) for _, data in islice(demo.chest(), 1, 3))
    assert one.SeriesInstanceUID == two.SeriesInstanceUID
    assert two.ImagePositionPatient[2] - one.ImagePositionPatient[2] == phantom.STEP
    assert phantom.SLICES >= 60
    values = one.pixel_array * float(one.RescaleSlope) + float(one.RescaleIntercept)
    assert values.min() >= -1024
    assert values.max() > 300


@pytest.mark.django_db
def test_filling_again_adds_only_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "STUDIES", demo.STUDIES[:3])  # the chest takes seconds and is imported in the same way
    said: list[str] = []
    demo.fill(said.append)
    assert len(said) == 3
    demo.fill(said.append)
    assert len(said) == 3
    assert Experiment.objects.filter(project="DEMO").count() == 3
    assert File.objects.filter(resource__scan__session__project="DEMO").count() == 3

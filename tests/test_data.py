"""Data sets and batches: shapes, ranges, repeatability, and errors."""

import re

import numpy as np
import pytest

from nnlib import data
from nnlib.data import sequences
from nnlib.data.batching import batches

TOYS = [data.blobs, data.circles, data.moons, data.spirals, data.xor]


@pytest.mark.parametrize("make", TOYS)
def test_a_toy_set_has_points_and_classes_and_repeats(make):
    x, y = make(40, noise=0.1, seed=3)
    assert x.shape == (40, 2)
    assert x.dtype == np.float32
    assert y.shape == (40,)
    assert y.dtype == np.int64
    assert set(y) == {0, 1}
    np.testing.assert_array_equal(make(40, noise=0.1, seed=3)[0], x)
    assert not np.array_equal(make(40, noise=0.1, seed=4)[0], x)


@pytest.mark.parametrize("make", TOYS)
@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"n": 1}, ValueError),
        ({"n": 10.0}, TypeError),
        ({"n": True}, TypeError),
        ({"noise": -1}, ValueError),
        ({"noise": np.nan}, ValueError),
        ({"noise": np.inf}, ValueError),
        ({"noise": [0.1, 0.2]}, TypeError),
        ({"seed": -1}, ValueError),
        ({"seed": 2**32}, ValueError),
        ({"seed": None}, TypeError),
    ],
)
def test_a_toy_set_refuses_bad_settings(make, settings, error):
    (name,) = settings
    with pytest.raises(error, match=f"^{name} must be"):
        make(**settings)


@pytest.mark.parametrize(
    ("make", "settings", "error"),
    [
        (data.blobs, {"centers": 0}, ValueError),
        (data.blobs, {"centers": 1.5}, TypeError),
        (data.blobs, {"centers": [(0, 0, 0)]}, ValueError),
        (data.blobs, {"centers": [0, 1]}, ValueError),
        (data.blobs, {"centers": [(0, np.nan)]}, ValueError),
        (data.circles, {"factor": 0}, ValueError),
        (data.circles, {"factor": 1.0}, ValueError),
        (data.circles, {"factor": np.nan}, ValueError),
        (data.circles, {"factor": "half"}, TypeError),
        (data.spirals, {"classes": 0}, ValueError),
        (data.spirals, {"classes": 2.0}, TypeError),
        (data.spirals, {"turns": np.inf}, ValueError),
        (data.spirals, {"turns": "two"}, TypeError),
        (data.digits, {"seed": -1}, ValueError),
        (data.digits, {"seed": 1.5}, TypeError),
        (data.digits, {"test_size": "quarter"}, TypeError),
        (data.number_words, {"n": 2.5}, TypeError),
        (data.number_words, {"seed": -1}, ValueError),
        (data.number_words, {"low": 1.0}, TypeError),
    ],
)
def test_a_bad_setting_is_named(make, settings, error):
    (name,) = settings
    with pytest.raises(error, match=f"^{name} must be"):
        make(**settings)


def test_xor_is_the_four_corners():
    x, y = data.xor()
    assert [(*map(int, point), int(label)) for point, label in zip(x, y, strict=True)] == [
        (0, 0, 0),
        (0, 1, 1),
        (1, 0, 1),
        (1, 1, 0),
    ]


def test_spirals_wind_and_stay_within_their_radius():
    x, y = data.spirals(300, classes=3, noise=0.0)
    radius = np.hypot(*x.T)
    assert radius.max() <= 1 + 1e-6
    angle = np.arctan2(x[:, 1], x[:, 0]) - 2 * np.pi * (radius + y / 3)
    np.testing.assert_allclose(np.cos(angle), 1.0, atol=1e-5)
    with pytest.raises(ValueError, match="classes"):
        data.spirals(classes=0)


def test_digits_are_split_without_overlap_and_by_class():
    split = data.digits()
    assert split.x_train.shape == (1347, 64)
    assert split.x_test.shape == (450, 64)
    assert split.x_train.dtype == np.float32
    assert split.x_train.min() == 0
    assert split.x_train.max() == 1
    np.testing.assert_array_equal(split.x_train * 16, np.round(split.x_train * 16))
    shares = np.bincount(split.y_train) / np.bincount(np.append(split.y_train, split.y_test))
    np.testing.assert_allclose(shares, 0.75, atol=0.01)
    images = data.digits(flatten=False)
    assert images.x_test.shape == (450, 1, 8, 8)
    np.testing.assert_array_equal(images.x_test.reshape(-1, 64), split.x_test)


@pytest.mark.parametrize("test_size", [0, 1, -0.5])
def test_digits_refuse_a_bad_share(test_size):
    with pytest.raises(ValueError, match="between 0 and 1"):
        data.digits(test_size=test_size)


def test_batches_hold_every_sample_once_and_in_pairs():
    x = np.arange(10)
    seen = [*batches(x, -x, batch_size=4, generator=np.random.default_rng(0))]
    assert [len(a) for a, _ in seen] == [4, 4, 2]
    assert all(np.array_equal(a, -b) for a, b in seen)
    order = np.concatenate([a for a, _ in seen])
    assert sorted(order) == [*range(10)]
    assert [*order] != [*range(10)]


def test_batches_keep_the_order_without_a_generator_and_drop_the_rest_if_asked():
    (first,), (second,) = batches(np.arange(7), batch_size=3, drop_last=True)
    assert [*first, *second] == [0, 1, 2, 3, 4, 5]
    assert len([*batches(np.arange(7))]) == 1


@pytest.mark.parametrize(
    ("arrays", "settings", "message"),
    [
        (([1, 2], [1]), {}, r"lengths \[2, 1\]"),
        (([],), {}, "at least one sample"),
        (([1, 2],), {"batch_size": 0}, "batch_size must be 1 or more"),
    ],
)
def test_batches_refuse_what_does_not_fit(arrays, settings, message):
    with pytest.raises(ValueError, match=message):
        next(batches(*map(np.array, arrays), **settings))


@pytest.mark.parametrize(
    ("number", "in_english", "in_french"),
    [
        (0, "zero", "zéro"),
        (16, "sixteen", "seize"),
        (17, "seventeen", "dix-sept"),
        (21, "twenty-one", "vingt-et-un"),
        (22, "twenty-two", "vingt-deux"),
        (61, "sixty-one", "soixante-et-un"),
        (70, "seventy", "soixante-dix"),
        (71, "seventy-one", "soixante-et-onze"),
        (77, "seventy-seven", "soixante-dix-sept"),
        (80, "eighty", "quatre-vingts"),
        (81, "eighty-one", "quatre-vingt-un"),
        (90, "ninety", "quatre-vingt-dix"),
        (91, "ninety-one", "quatre-vingt-onze"),
        (99, "ninety-nine", "quatre-vingt-dix-neuf"),
        (100, "one hundred", "cent"),
        (101, "one hundred one", "cent-un"),
        (180, "one hundred eighty", "cent-quatre-vingts"),
        (200, "two hundred", "deux-cents"),
        (201, "two hundred one", "deux-cent-un"),
        (1000, "one thousand", "mille"),
        (1001, "one thousand one", "mille-un"),
        (1200, "one thousand two hundred", "mille-deux-cents"),
        (2000, "two thousand", "deux-mille"),
        (80_000, "eighty thousand", "quatre-vingt-mille"),
        (100_000, "one hundred thousand", "cent-mille"),
        (200_080, "two hundred thousand eighty", "deux-cent-mille-quatre-vingts"),
        (
            971_571,
            "nine hundred seventy-one thousand five hundred seventy-one",
            "neuf-cent-soixante-et-onze-mille-cinq-cent-soixante-et-onze",
        ),
    ],
)
def test_numbers_in_words(number, in_english, in_french):
    assert sequences.english(number) == in_english
    assert sequences.french(number) == in_french


def test_no_two_numbers_have_the_same_words():
    numbers = [*range(2000), *range(2000, 10**6, 997)]
    assert len({sequences.english(n) for n in numbers}) == len(numbers)
    assert len({sequences.french(n) for n in numbers}) == len(numbers)


@pytest.mark.parametrize("words", [sequences.english, sequences.french])
def test_only_integers_below_a_million_have_words(words):
    for number in (-1, 10**6):
        with pytest.raises(ValueError, match="from 0 to 999,999"):
            words(number)
    for number in (1.5, "one", None):
        with pytest.raises(TypeError, match="n must be an integer"):
            words(number)


def test_number_words_are_different_pairs_that_repeat_with_the_seed():
    pairs = data.number_words(300, seed=1)
    assert len(set(pairs)) == 300
    assert pairs == data.number_words(300, seed=1)
    assert pairs != data.number_words(300, seed=2)
    assert set(data.number_words(10, high=10)) == {
        (sequences.english(n), sequences.french(n)) for n in range(10)
    }
    short = sum("thousand" not in source for source, _ in pairs)
    assert 90 < short < 200  # numbers below 1,000 are 0.1 % of the range and half of its logarithm


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 5, "high": 5}, "low must be below high"),
        ({"low": -1}, "low must be from 0"),
        ({"high": 10**6 + 1}, "high must be from 1"),
        ({"n": 11, "high": 10}, "n must be at most 10"),
        ({"n": 0}, "n must be 1 or more"),
    ],
)
def test_number_words_refuses_bad_ranges(settings, message):
    with pytest.raises(ValueError, match=message):
        data.number_words(**settings)


def test_each_story_is_in_one_split():
    splits = data.story_splits()
    titles = [re.findall("^# (.*)$", text, flags=re.M) for text in splits]
    assert [len(names) for names in titles] == [65, 8, 8]
    assert len({title for names in titles for title in names}) == 81
    assert sum(len(text) for text in splits) <= len(data.stories()) + 2 * 81


def test_the_stories_are_many_and_use_few_words():
    text = data.stories()
    titles, bodies = zip(
        *(story.split("\n\n", 1) for story in re.split("^# ", text, flags=re.M)[1:]), strict=True
    )
    assert len(text) >= 100_000
    assert len(set(titles)) == len(titles) >= 80
    assert all(800 < len(body) < 2600 for body in bodies)
    words = re.findall("[a-z]+(?:'[a-z]+)?", text.lower())
    assert 1400 < len(set(words)) < 1700
    assert text.isascii()
    assert not re.search(r" $|  |\t|\n\n\n", text, flags=re.M)

"""Tasks: batches are a function of seed and step; held-out examples are whole and apart."""

from functools import partial

import numpy as np
import pytest
import torch

from nnlib import data, scratch
from nnlib.data.augment import affine
from nnlib.training import tasks
from nnlib.training.metrics import IGNORE_INDEX, compute_metrics, new_metrics

DIGITS = partial(tasks.ImageClassification, "digits", val_size=200)
TEXT = partial(tasks.LanguageModeling, "fable")
FABLE = "the fox saw the grapes, and the grapes saw the fox. " * 40


@pytest.fixture(autouse=True)
def fable(monkeypatch):
    """A text to learn, without a network."""
    monkeypatch.setattr(data, "fable", lambda: FABLE, raising=False)


@pytest.mark.parametrize(
    ("F", "array"), [(scratch.functional, np.array), (torch.nn.functional, torch.tensor)]
)
def test_metrics_are_means_over_the_targets_that_are_counted(F, array):
    metrics = new_metrics(tasks.Classification.metrics, F)
    logits = np.log([[[0.5, 0.3, 0.2], [0.1, 0.8, 0.1]], [[0.6, 0.2, 0.2], [0.2, 0.2, 0.6]]])
    batches = [(logits, [[0, 1], [0, 1]]), (logits[:1], [[2, IGNORE_INDEX]])]
    if F is torch.nn.functional:  # several processes: the share of one for which none are left
        batches.append((np.zeros((0, 2, 3)), np.zeros((0, 2), int)))
    for batch, targets in batches:
        for metric in metrics.values():
            metric.update(array(batch), array(targets))
    expected = {
        "loss": -np.log([0.5, 0.8, 0.6, 0.2, 0.2]).mean(),
        "accuracy": 3 / 5,
        "exact_match": 1 / 3,
    }
    assert compute_metrics(metrics) == pytest.approx(expected, rel=1e-12)


def test_a_metric_of_nothing_is_no_number():
    assert np.isnan(
        [*compute_metrics(new_metrics(tasks.Classification.metrics, None)).values()]
    ).all()


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (partial(tasks.ImageClassification, val_size=0), "val_size must be from 1 to 1346, got 0"),
        (partial(tasks.ImageClassification, val_size=1347), "val_size must be from 1 to 1346"),
        (partial(tasks.ImageClassification, val_size=True), "val_size must be an integer"),
        (partial(DIGITS, translate=100), "translate must be from 0 to 7, got 100"),
        (partial(DIGITS, translate=-1), "translate must be from 0 to 7, got -1"),
        (partial(DIGITS, scale=2), "scale must be from 0 to below 1, got 2"),
        (partial(DIGITS, degrees=-1.0), "degrees must be from 0 to 180, got -1.0"),
        (partial(DIGITS, degrees="few"), "degrees must be a number, got 'few'"),
        (partial(DIGITS, hflip=1), "hflip must be True or False, got 1"),
        (partial(TEXT, val_fraction=0.0), "val_fraction must leave both splits more than"),
        (partial(TEXT, val_fraction=1.0), "val_fraction must leave both splits more than"),
        (partial(TEXT, val_fraction=-1), "val_fraction must be from 0 to 1, got -1"),
        (partial(TEXT, block_size=0), "block_size must be 1 or more, got 0"),
        (partial(tasks.LanguageModeling, "xor"), "dataset must be one that returns a string"),
        (partial(tasks.LanguageModeling, "Split"), "unknown data set 'Split'; known are"),
        (partial(tasks.NumberTranslation, test_size=0), "test_size must be 1 or more, got 0"),
        (partial(tasks.StoryModeling, vocab_size=255), "vocab_size must be 256 or more, got 255"),
        (partial(tasks.StoryModeling, block_size=7), "block_size must be even, got 7"),
        (partial(tasks.StoryModeling, block_size=9000), "block_size must be below"),
        (partial(tasks.SyntheticTokens, vocab_size=0), "vocab_size must be 1 or more, got 0"),
    ],
)
def test_a_task_refuses_a_setting_out_of_its_range(task, message):
    with pytest.raises(ValueError, match=message):
        task()


def test_a_setting_that_a_task_does_not_have_is_named():
    with pytest.raises(ValueError, match=r"task_settings do not fit NumberTranslation: .*'size'"):
        tasks.build_task("NumberTranslation", {"size": 3})
    with pytest.raises(ValueError, match="unknown task 'Sounds'; known are ImageClassification"):
        tasks.build_task("Sounds", {})


def test_affine_equals_known_rotations_and_keeps_the_range():
    images = np.random.default_rng(0).random((3, 2, 8, 8), dtype=np.float32)
    whole = np.ones(3)
    np.testing.assert_allclose(affine(images, 0 * whole, whole), images, atol=1e-6)
    quarter = affine(images, np.pi / 2 * whole, whole)
    np.testing.assert_allclose(quarter, np.rot90(images, 1, (2, 3)), atol=1e-6)
    half = affine(images, np.pi * whole, whole)
    np.testing.assert_allclose(half, images[:, :, ::-1, ::-1], atol=1e-6)
    # Half the size: what was in the middle covers a quarter, and the rest is empty.
    small = affine(np.ones_like(images), 0 * whole, 0.5 * whole)
    assert small[:, :, 2:6, 2:6].min() == 1
    assert small[:, :, 0].max() == 0
    assert small.dtype == np.float32


def test_augmented_images_are_a_function_of_seed_and_step():
    task = tasks.ImageClassification(
        "digits", val_size=200, degrees=15.0, scale=0.1, translate=1, hflip=True
    )
    first, again = (task.batch(20, 3, 7).inputs[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert 0 <= first.min() < first.max() <= 1.0001
    plain = tasks.ImageClassification("digits", val_size=200).batch(20, 3, 7).inputs[0]
    assert not np.array_equal(first, plain)


def test_an_epoch_shows_every_image_once():
    task = tasks.ImageClassification("digits", val_size=200)
    n = len(task.train[0])
    assert n == 1147
    labels = np.concatenate([task.batch(31, 0, step).targets for step in range(37)])
    np.testing.assert_array_equal(np.bincount(labels), np.bincount(task.train[1]))
    again, other = task.batch(31, 0, 5), task.batch(31, 1, 5)
    np.testing.assert_array_equal(again.inputs[0], task.batch(31, 0, 5).inputs[0])
    assert not np.array_equal(again.inputs[0], other.inputs[0])
    with pytest.raises(ValueError, match="1147 training examples, got 2000"):
        task.batch(2000, 0, 0)


def test_translated_images_keep_their_ink_and_move_by_at_most_so_much():
    task = tasks.ImageClassification("digits", val_size=200, translate=2)
    plain = tasks.ImageClassification("digits", val_size=200)
    moved, still = task.batch(200, 0, 0).inputs[0], plain.batch(200, 0, 0).inputs[0]
    assert moved.shape == still.shape
    offsets = set()
    for after, before in zip(moved[:, 0], still[:, 0], strict=True):
        padded = np.pad(before, 2)
        offsets |= {
            (down, right)
            for down in range(5)
            for right in range(5)
            if np.array_equal(padded[down : down + 8, right : right + 8], after)
        }
    assert len(offsets) == 25


def test_a_text_is_asked_for_what_follows():
    task = tasks.LanguageModeling("fable", block_size=8)
    (inputs,), targets = task.batch(5, 0, 0)
    np.testing.assert_array_equal(inputs[:, 1:], targets[:, :-1])
    assert "".join(task.vocab[i] for i in inputs[0]) in FABLE
    held_out = [batch.inputs[0] for batch in task.eval_batches("validation", 4)]
    start = len(task.train)
    written = "".join(task.vocab[i] for i in np.concatenate(held_out).ravel())
    assert FABLE[start:].startswith(written)
    assert len(FABLE) - start - len(written) <= 8


def test_numbers_are_asked_for_the_next_word_and_no_padding():
    task = tasks.NumberTranslation(train_size=50, val_size=10, test_size=10)
    (source, target, padding), asked = task.batch(50, 0, 0)
    np.testing.assert_array_equal(padding, source == 0)
    following = np.where(target[:, 1:] == 0, IGNORE_INDEX, target[:, 1:])
    np.testing.assert_array_equal(
        np.where(target[:, :-1] == 2, -1, asked[:, :-1])[:, :-1],
        np.where(target[:, :-1] == 2, -1, following)[:, :-1],
    )
    assert (target[:, 0] == task.bos_id).all()
    assert ((asked == task.eos_id).sum(axis=1) == 1).all()
    parts = [{tuple(row) for row in rows[0]} for rows in (task.train, *task.heldout.values())]
    assert [len(part) for part in parts] == [50, 10, 10]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]


@pytest.mark.parametrize("vocab_size", [None, 300])
def test_stories_are_predicted_once_each_and_with_half_a_block_before_them(vocab_size):
    task = tasks.StoryModeling(vocab_size=vocab_size, block_size=64)
    predicted = []
    for batch in task.eval_batches("test", 50):
        for targets in batch.targets:
            counted = np.flatnonzero(targets != IGNORE_INDEX)
            assert predicted == [] or counted[0] >= 32
            predicted += [*targets[counted]]
    np.testing.assert_array_equal(predicted, task.heldout["test"][1:])


def test_story_tokens_spell_the_stories():
    task = tasks.StoryModeling(vocab_size=300)
    assert task.decode(task.heldout["test"]) == data.story_splits()[2]
    assert task.decode(task.encode("Zwölf")) == "Zwölf"
    batch = task.batch(4, seed=0, step=5)
    np.testing.assert_array_equal(batch.inputs[0][:, 1:], batch.targets[:, :-1])

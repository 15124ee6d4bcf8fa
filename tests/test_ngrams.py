"""The n-gram model: distributions that sum to 1, and numbers that were computed by hand."""

import numpy as np
import pytest

from nnlib.data.ngrams import FALLBACK_DISCOUNTS, KneserNey

TEXT = np.random.default_rng(0).choice(5, size=400, p=[0.5, 0.3, 0.1, 0.07, 0.03])


@pytest.mark.parametrize("context_length", [0, 1, 3])
def test_every_distribution_sums_to_one(context_length):
    model = KneserNey(TEXT, vocab_size=7, context_length=context_length)
    contexts = [[], [0], [4, 4, 4], [6], [0, 6, 5], [0, 1, 0, 1, 0, 1], *TEXT[:60].reshape(20, 3)]
    for context in contexts:
        p = model.distribution(context)
        assert p.min() > 0
        assert p.sum() == pytest.approx(1, abs=1e-12)


def test_a_small_text_gives_what_a_pencil_gives():
    model = KneserNey([0, 1, 0, 1, 0, 2], vocab_size=3, context_length=1)
    # Bigrams: 01 twice, 10 twice, 02 once, so no count of 3 and the fallback discounts. Unigrams
    # count what may come before: 0 follows 1 and the beginning, 1 follows 0, 2 follows 0.
    unigram = np.array([2 - 1, 1 - 0.5, 1 - 0.5]) / 4 + 2 / 4 / 3
    assert model.discounts == [FALLBACK_DISCOUNTS, FALLBACK_DISCOUNTS]
    np.testing.assert_allclose(model.distribution([]), unigram)
    after_0 = np.array([0, 2 - 1, 1 - 0.5]) / 3 + (1 + 0.5) / 3 * unigram
    np.testing.assert_allclose(model.distribution([0]), after_0)
    after_1 = np.array([2 - 1, 0, 0]) / 2 + 1 / 2 * unigram
    np.testing.assert_allclose(model.distribution([2, 1]), after_1)


def test_the_discounts_are_those_of_chen_and_goodman():
    model = KneserNey(TEXT, vocab_size=5, context_length=3)
    grams = {}
    for i in range(len(TEXT) - 3):
        gram = tuple(TEXT[i : i + 4])
        grams[gram] = grams.get(gram, 0) + 1
    n1, n2, n3, n4 = (sum(count == k for count in grams.values()) for k in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    expected = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    np.testing.assert_allclose(model.discounts[-1], expected)


def test_an_unseen_context_leaves_the_decision_to_the_shorter_one():
    model = KneserNey(TEXT, vocab_size=7, context_length=3)
    np.testing.assert_array_equal(model.distribution([5, 0, 1]), model.distribution([0, 1]))
    np.testing.assert_array_equal(model.distribution([5, 6, 5]), model.distribution([]))


def test_only_the_last_tokens_of_a_context_count():
    model = KneserNey(TEXT, vocab_size=5, context_length=2)
    np.testing.assert_array_equal(model.distribution(TEXT[:9]), model.distribution(TEXT[7:9]))


def test_a_token_in_many_contexts_is_likelier_where_nothing_is_known():
    # 1 occurs as often as 2, but only after 0: it deserves less in a context never seen.
    text = [0, 1] * 4 + [3, 2, 4, 2, 5, 2, 6, 2]
    p = KneserNey(text, vocab_size=8, context_length=1).distribution([7])
    assert p[2] > 2 * p[1]


def test_the_probabilities_of_a_text_are_those_of_its_tokens():
    model = KneserNey(TEXT, vocab_size=5, context_length=2)
    tokens = [3, 1, 4, 1, 0, 2]
    expected = [model.distribution(tokens[:i])[tokens[i]] for i in range(1, len(tokens))]
    np.testing.assert_allclose(model.probabilities(tokens), expected)


@pytest.mark.parametrize(
    ("tokens", "context_length", "message"),
    [
        ([0, 1, 2], 3, "context_length must be from 0 to 2"),
        ([0, 1, 2], -1, "context_length must be from 0 to 2"),
        ([], 0, "context_length must be from 0 to -1"),
        ([0, 5], 1, "tokens must be from 0 to 2, got 0 to 5"),
        ([0, -1], 1, "tokens must be from 0 to 2, got -1 to 0"),
    ],
)
def test_a_text_that_makes_no_sense_is_refused(tokens, context_length, message):
    with pytest.raises(ValueError, match=message):
        KneserNey(tokens, vocab_size=3, context_length=context_length)


def test_a_token_must_be_an_integer():
    with pytest.raises(TypeError):
        KneserNey(["a", "b"], vocab_size=3, context_length=1)

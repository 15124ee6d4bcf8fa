"""Byte-pair encoding: what it learns, that every text survives it, and errors."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from nnlib.data import stories
from nnlib.data.tokenizer import SPLIT_PATTERN, BytePairEncoding, merge


@pytest.fixture(scope="module")
def code():
    return BytePairEncoding.train(stories()[:20_000], vocab_size=400)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "the old fisherman",
        "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich",
        "a 👩\u200d🚀 flies: 水, _x_, tab\tand\r\n\n  spaces  ",
        stories()[-2000:],
    ],
)
def test_every_text_comes_back(code, text):
    assert code.decode(code.encode(text)) == text


def test_chunks_lose_nothing():
    text = "Don't_ stop — 3.14 é\u0301 !?  \n\n end "
    assert "".join(SPLIT_PATTERN.findall(text)) == text


def test_frequent_pieces_become_tokens(code):
    assert code.vocab_size == 400
    assert len(code.encode(" the")) == 1
    assert len(code.encode(stories()[:20_000])) < 20_000 / 1.8


def test_training_counts_as_one_does_by_hand():
    text = "low lower lowest newer newest wider"
    words = [list(chunk.encode()) for chunk in SPLIT_PATTERN.findall(text)]
    merges = []
    for token in range(256, 266):
        counts = Counter(pair for word in words for pair in pairwise(word))
        merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        words = [merge(word, merges[-1], token) for word in words]
    assert BytePairEncoding.train(text, 266).merges == merges


def test_training_ends_where_nothing_is_left_to_join():
    code = BytePairEncoding.train("aa aa", vocab_size=999)
    assert code.vocab[256:] == [b"aa", b" aa"]


def test_overlapping_pairs_are_joined_from_the_left():
    assert merge([1, 1, 1, 2, 1, 1], (1, 1), 9) == [9, 1, 2, 9]


def test_merges_alone_rebuild_the_code(code):
    text = stories()[30_000:31_000]
    assert BytePairEncoding(code.merges).encode(text) == code.encode(text)


def test_a_broken_sign_is_shown_as_such(code):
    assert code.decode("é".encode()[:1]) == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda code: BytePairEncoding.train("a", 255), "at least 256, one per byte, got 255"),
        (lambda code: BytePairEncoding([(97, 256)]), "merge 0 joins 97 and 256"),
        (lambda code: BytePairEncoding([(97, -1)]), "merge 0 joins"),
        (lambda code: BytePairEncoding([(97, 98), (97, 98)]), "merge 1 .* as an earlier merge"),
        (lambda code: code.encode("ab\ud800"), r"surrogate '\\ud800' at index 2"),
        (lambda code: BytePairEncoding.train("\udfff", 300), "surrogate .* at index 0"),
        (lambda code: code.decode([400]), r"from 0 to 399, got \[400\]"),
        (lambda code: code.decode([-1]), r"from 0 to 399, got \[-1\]"),
    ],
)
def test_bad_values_are_refused(code, call, message):
    with pytest.raises(ValueError, match=message):
        call(code)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda code: code.encode(b"bytes"), "expected text as a str, got bytes"),
        (lambda code: code.encode(None), "expected text as a str, got NoneType"),
        (lambda code: BytePairEncoding.train(["a"], 300), "expected text as a str, got list"),
        (lambda code: BytePairEncoding.train("a", 300.0), "interpreted as an integer"),
        (lambda code: BytePairEncoding([(97, 98, 99)]), "merge 0 must be a pair of integers"),
        (lambda code: BytePairEncoding([(97, 98.0)]), "merge 0 must be a pair of integers"),
        (lambda code: BytePairEncoding([97]), "merge 0 must be a pair of integers"),
        (lambda code: code.decode([1.5]), "interpreted as an integer"),
        (lambda code: code.decode("12"), "interpreted as an integer"),
    ],
)
def test_bad_types_are_refused(code, call, message):
    with pytest.raises(TypeError, match=message):
        call(code)


def test_tokens_and_merges_may_be_numpy_integers(code):
    tokens = code.encode("the old fisherman")
    assert code.decode(np.array(tokens)) == "the old fisherman"
    assert BytePairEncoding(np.array(code.merges)).merges == code.merges


def test_a_pair_to_merge_may_be_any_sequence():
    assert merge([1, 2, 1, 2], [1, 2], 9) == [9, 9]

"""Byte-pair encoding: what it learns, that every text survives it, and errors."""

from collections import Counter
from itertools import pairwise

import pytest

from nnlib.data import stories
from nnlib.data.tokenizer import CHUNKS, BytePairEncoding, merge


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
    assert "".join(CHUNKS.findall(text)) == text


def test_frequent_pieces_become_tokens(code):
    assert code.vocab_size == 400
    assert len(code.encode(" the")) == 1
    assert len(code.encode(stories()[:20_000])) < 20_000 / 1.8


def test_training_counts_as_one_does_by_hand():
    text = "low lower lowest newer newest wider"
    words = [list(chunk.encode()) for chunk in CHUNKS.findall(text)]
    merges = []
    for token in range(256, 266):
        counts = Counter(pair for word in words for pair in pairwise(word))
        merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        words = [merge(word, merges[-1], token) for word in words]
    assert BytePairEncoding.train(text, 266).merges == merges


def test_training_ends_where_nothing_is_left_to_join():
    code = BytePairEncoding.train("aa aa", vocab_size=999)
    assert code.pieces[256:] == [b"aa", b" aa"]


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
        (lambda code: BytePairEncoding.train("a", 255), "256 or more, one a byte, got 255"),
        (lambda code: BytePairEncoding([(97, 256)]), "merge 0 joins 97 and 256"),
        (lambda code: BytePairEncoding([(97, -1)]), "merge 0 joins"),
        (lambda code: code.decode([400]), r"from 0 to 399, got \[400\]"),
        (lambda code: code.decode([-1]), r"from 0 to 399, got \[-1\]"),
    ],
)
def test_what_cannot_be_is_refused(code, call, message):
    with pytest.raises(ValueError, match=message):
        call(code)

"""Attention: each query gets a weighted mean of the values, weighted by how well its key matches.

Two functions of plain arrays, `_attend` and `_attend_back`, hold the mathematics. The heads are a
dimension of the arrays, (batch, heads, positions, head_dim), which are views of (batch, positions,
E). Results and gradients get the same memory layout, so splitting and merging heads copies nothing.
"""

import functools
import math
from collections.abc import Iterator

import numpy as np

from nnlib.scratch.autograd.ops import add
from nnlib.scratch.autograd.shapes import unbroadcast
from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn import init
from nnlib.scratch.nn.dropout import dropout, dropout_mask
from nnlib.scratch.nn.linear import Linear, linear
from nnlib.scratch.nn.module import Module, Parameter


def _softmax_(scores):
    """Softmax over the last dimension, in place; a row that is -inf throughout becomes zero."""
    smallest = np.finfo(scores.dtype).min  # not -inf, because -inf - (-inf) would be NaN
    scores -= scores.max(axis=-1, keepdims=True, initial=smallest)
    np.exp(scores, out=scores)
    total = scores.sum(axis=-1, keepdims=True)
    scores /= np.maximum(total, 1)  # the largest score alone adds 1: below 1, all are masked


def _attend(query, key, value, mask, dropped, out):
    """Write softmax(query keyᵀ + mask) value into ``out``; return the softmax.

    One sample at a time, so that its scores stay in the cache. ``dropped`` is the dropout mask that
    the weights are multiplied by; it and the mask may be None.
    """
    weights = np.empty((*query.shape[:-1], key.shape[-2]), query.dtype)
    columns = key.swapaxes(-1, -2).copy()  # a product is faster with its right factor contiguous
    for n, scores in enumerate(weights):
        np.matmul(query[n], columns[n], out=scores)
        if mask is not None:
            scores += mask[n]
        _softmax_(scores)
        np.matmul(scores if dropped is None else scores * dropped[n], value[n], out=out[n])
    return weights


def _attend_back(grad, out, weights, query, key, value, dropped, grad_query, grad_key, grad_value):
    """Write the gradients of `_attend` into the last three arguments.

    The derivative of the softmax needs the sum of grad_weights * weights along each row. It equals
    that of grad * out, which is much smaller (Dao et al., 2022).
    """
    row_sum = (grad * out).sum(axis=-1, keepdims=True)
    columns = value.swapaxes(-1, -2).copy()
    for n, softmax in enumerate(weights):
        used = softmax if dropped is None else softmax * dropped[n]
        np.matmul(used.swapaxes(-1, -2), grad[n], out=grad_value[n])
        grad_scores = grad[n] @ columns[n]
        if dropped is not None:
            grad_scores *= dropped[n]
        grad_scores -= row_sum[n]
        grad_scores *= softmax
        np.matmul(grad_scores, key[n], out=grad_query[n])
        np.matmul(grad_scores.swapaxes(-1, -2), query[n], out=grad_key[n])


def _additive(mask, dtype):
    """A boolean mask (True: attend) as numbers to add to the scores, 0 and -inf."""
    if mask.dtype.kind == "b":
        return np.where(mask, 0, -np.inf).astype(dtype)
    return mask


def _causal(queries, keys, dtype):
    """The additive mask under which a position attends to itself and to those before it."""
    return _additive(np.tri(queries, keys, dtype=bool), dtype)


def _check_attention(query, key, value):
    batch = query.shape[:-2]
    if not (
        query.ndim == key.ndim == value.ndim >= 3
        and batch == key.shape[:-2] == value.shape[:-2]
        and query.shape[-1] == key.shape[-1] > 0
        and key.shape[-2] == value.shape[-2]
    ):
        raise ValueError(
            "attention expects query (N, ..., L, E), key (N, ..., S, E) and value (N, ..., S, V), "
            f"got {query.shape}, {key.shape} and {value.shape}"
        )
    if not query.dtype == key.dtype == value.dtype:
        raise TypeError(
            "attention expects query, key and value of the same dtype, "
            f"got {query.dtype}, {key.dtype} and {value.dtype}"
        )


@primitive
def scaled_dot_product_attention(
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    attn_mask: np.ndarray | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
):
    """softmax(scale * query keyᵀ + mask) value (Vaswani et al., 2017).

    A query for which all keys are masked gets zeros.

    Args:
        query: (N, ..., L, E).
        key: (N, ..., S, E).
        value: (N, ..., S, V); the result is (N, ..., L, V).
        attn_mask: broadcast to (N, ..., L, S); boolean, where True takes part in attention, or
            numbers that are added to the scores.
        dropout_p: probability of dropping a weight; pass 0 in evaluation.
        is_causal: mask for each position those after it.
        scale: factor of the scores; 1/sqrt(E) if None.
    Raises: ValueError for shapes that do not match, or both attn_mask and is_causal; TypeError if
        the dtypes of query, key and value differ.
    """
    _check_attention(query, key, value)
    if is_causal and attn_mask is not None:
        raise ValueError("attention takes attn_mask or is_causal, not both; join them in the mask")
    shape = (*query.shape[:-1], key.shape[-2])
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else float(scale)
    mask = _causal(query.shape[-2], key.shape[-2], query.dtype) if is_causal else attn_mask
    if mask is not None:
        try:
            mask = np.broadcast_to(_additive(mask, query.dtype), shape)
        except ValueError:
            raise ValueError(f"attn_mask must broadcast to {shape}, got {mask.shape}") from None
    mask_shape = () if attn_mask is None else attn_mask.shape
    dropped = dropout_mask(shape, dropout_p, query.dtype) if dropout_p else None

    scaled = query * scale
    out = np.empty_like(query, shape=(*query.shape[:-1], value.shape[-1]))  # same memory layout
    weights = _attend(scaled, key, value, mask, dropped, out)

    def grad_mask(grad):
        grad_weights = grad @ value.swapaxes(-1, -2)
        if dropped is not None:
            grad_weights *= dropped
        grad_weights -= (grad * out).sum(axis=-1, keepdims=True)
        return unbroadcast(weights * grad_weights, mask_shape)

    def pullback(grad):
        grad_query, grad_key, grad_value = map(np.empty_like, (query, key, value))
        _attend_back(
            grad, out, weights, scaled, key, value, dropped, grad_query, grad_key, grad_value
        )
        grad_query *= scale
        return grad_query, grad_key, grad_value, lambda: grad_mask(grad)

    return out, pullback


@primitive
def _masked_softmax(scores, mask):
    """softmax(scores + mask) over the last dimension; a row that is -inf throughout gives zeros."""
    out = scores + mask
    _softmax_(out)

    def pullback(grad):
        grad_scores = out * (grad - (grad * out).sum(axis=-1, keepdims=True))
        return grad_scores, lambda: unbroadcast(grad_scores, np.shape(mask))

    return out, pullback


def split_heads(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    num_heads: int,
) -> Iterator[Tensor]:
    """Project query, key and value, each by its third of the weight, and split them into heads.

    Args:
        query, key, value: (batch, positions, E).
        weight: (3 E, E), for query, key and value.
        bias: (3 E,) or None.
        num_heads: a divisor of E.
    Returns: iterator over the three, each (batch, heads, positions, E / heads).
    """
    embed_dim = weight.shape[1]
    for third, x in enumerate((query, key, value)):
        rows = slice(third * embed_dim, (third + 1) * embed_dim)
        projected = linear(x, weight[rows], None if bias is None else bias[rows])
        yield projected.reshape(*x.shape[:2], num_heads, -1).transpose(1, 2)


def merge_heads(x: Tensor) -> Tensor:
    """Undo the split: (batch, heads, positions, head_dim) -> (batch, positions, heads head_dim)."""
    batch, heads, positions, head_dim = x.shape
    return x.transpose(1, 2).reshape(batch, positions, heads * head_dim)


def _check_mask(name, mask, *shapes):
    if mask.shape not in shapes:
        raise ValueError(f"{name} must be {' or '.join(map(str, shapes))}, got {mask.shape}")


def _hiding(mask, dtype):
    """A mask of the layer (True: hide) as numbers to add to the scores; numbers stay numbers."""
    return _additive(~np.asarray(mask), dtype) if mask.dtype.kind == "b" else mask


class MultiheadAttention(Module):
    """Attention in several heads, each on its own projection of the input (Vaswani et al., 2017).

    Args:
        embed_dim: E, features of queries, keys and values.
        num_heads: heads; each has E / num_heads features.
        dropout: probability of dropping an attention weight, in training.
        bias: whether the projections have a bias.
        batch_first: whether inputs and output are (batch, positions, E).
    Shapes: query (L, batch, E), key and value (S, batch, E) -> output (L, batch, E) and weights
        (batch, L, S), the mean over heads; (batch, heads, L, S) with average_attn_weights=False,
        None with need_weights=False, which is faster. key_padding_mask (batch, S) and attn_mask
        (L, S) or (batch * heads, L, S): True hides a position, or a number is added to the score.
        is_causal hides from each position those after it; PyTorch requires the same attn_mask as
        well. A query from which every key is hidden attends to nothing: its weights are 0 (in
        PyTorch only with need_weights=False, otherwise NaN).
    Parameters: in_proj_weight (3 E, E) for query, key, value, initialized uniformly on
        ±sqrt(6 / (4 E)) (Glorot & Bengio, 2010); in_proj_bias (3 E,), initialized to zero;
        out_proj, a Linear.
    Raises: ValueError if num_heads does not divide embed_dim, or for shapes that do not match.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        *,
        batch_first: bool = False,
    ):
        super().__init__()
        if num_heads < 1 or embed_dim < 1 or embed_dim % num_heads:
            raise ValueError(
                f"embed_dim must be a multiple of num_heads, got {embed_dim} and {num_heads}"
            )
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.dropout, self.batch_first = dropout, batch_first
        bound = math.sqrt(6 / (4 * embed_dim))
        self.in_proj_weight = Parameter(np.empty((3 * embed_dim, embed_dim), dtype=np.float32))
        init.uniform_(self.in_proj_weight, -bound, bound)
        zeros = np.zeros(3 * embed_dim, dtype=np.float32)
        self.in_proj_bias = Parameter(zeros) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | np.ndarray | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | np.ndarray | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        if not self.batch_first:
            query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        self._check(query, key, value)
        q, k, v = split_heads(
            query, key, value, self.in_proj_weight, self.in_proj_bias, self.num_heads
        )
        mask = self._mask(q, k, key_padding_mask, attn_mask, is_causal)
        dropout_p = self.dropout if self.training else 0.0
        weights = None
        if need_weights:
            scores = q @ k.transpose(-2, -1) * (1 / math.sqrt(q.shape[-1]))
            weights = dropout(_masked_softmax(scores, 0 if mask is None else mask), dropout_p)
            out = weights @ v
            weights = weights.mean(dim=1) if average_attn_weights else weights
        else:
            out = scaled_dot_product_attention(q, k, v, mask, dropout_p)
        out = self.out_proj(merge_heads(out))
        return out if self.batch_first else out.transpose(0, 1), weights

    def _check(self, query, key, value):
        """The inputs come with the batch first."""
        if not (
            query.ndim == key.ndim == value.ndim == 3
            and {x.shape[-1] for x in (query, key, value)} == {self.embed_dim}
            and query.shape[0] == key.shape[0]
            and key.shape == value.shape
        ):
            raise ValueError(
                f"MultiheadAttention expects query (batch, L, {self.embed_dim}), key and value "
                f"(batch, S, {self.embed_dim}), or positions before batch without batch_first; "
                f"got, batch first, {query.shape}, {key.shape} and {value.shape}"
            )

    def _mask(self, query, key, key_padding_mask, attn_mask, is_causal):
        """All masks as one to add to the scores (batch, heads, L, S), or None if there is none."""
        batch, heads, queries, _ = query.shape
        keys, dtype = key.shape[2], query.dtype
        masks = [_causal(queries, keys, dtype)] if is_causal else []
        if key_padding_mask is not None:
            _check_mask("key_padding_mask", key_padding_mask, (batch, keys))
            masks.append(_hiding(key_padding_mask, dtype).reshape(batch, 1, 1, keys))
        if attn_mask is not None:
            per_head = (batch * heads, queries, keys)
            _check_mask("attn_mask", attn_mask, per_head[1:], per_head)
            split = (batch, heads) if attn_mask.ndim == 3 else (1, 1)
            masks.append(_hiding(attn_mask, dtype).reshape(*split, queries, keys))
        return functools.reduce(add, masks) if masks else None

    def extra_repr(self) -> str:
        return f"{self.embed_dim}, {self.num_heads}"

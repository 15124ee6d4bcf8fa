"""Attention: each query takes a mixture of the values, weighted by how well their keys match it.

Two functions of plain arrays, `_attend` and `_attend_back`, hold the mathematics for one layout,
(samples, ..., places, features). The primitives and the layer bring their inputs into it as views.
"""

import functools
import math

import numpy as np

from nnlib.scratch.autograd.ops import add
from nnlib.scratch.autograd.shapes import unbroadcast
from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn import init
from nnlib.scratch.nn.dropout import dropout
from nnlib.scratch.nn.linear import Linear, linear
from nnlib.scratch.nn.module import Module, Parameter


def _softmax_(scores):
    """Softmax over the last dimension, in place; a row that is -inf throughout becomes zero."""
    peak = scores.max(axis=-1, keepdims=True)
    scores -= np.maximum(peak, np.finfo(scores.dtype).min)  # -inf less -inf would be NaN
    np.exp(scores, out=scores)
    total = scores.sum(axis=-1, keepdims=True)
    scores /= np.maximum(total, 1)  # 1 comes from the largest alone: less is an all-masked row


def _attend(query, key, value, mask, kept, out):
    """Write softmax(query keyᵀ + mask) value into ``out``; return the softmax.

    One sample at a time, so that its scores stay in the cache. ``kept`` is the dropout of the
    weights, or None.
    """
    weights = np.empty((*query.shape[:-1], key.shape[-2]), query.dtype)
    columns = key.swapaxes(-1, -2).copy()  # a product runs faster with its right factor contiguous
    for n, scores in enumerate(weights):
        np.matmul(query[n], columns[n], out=scores)
        if mask is not None:
            scores += mask[n]
        _softmax_(scores)
        np.matmul(scores if kept is None else scores * kept[n], value[n], out=out[n])
    return weights


def _attend_back(grad, out, weights, query, key, value, kept, grad_query, grad_key, grad_value):
    """Write the gradients of `_attend` into the last three arguments.

    The softmax needs the sum of grad_weights * weights along each row. It equals that of
    grad * out, which is much smaller (Dao et al., 2022).
    """
    row_sum = (grad * out).sum(axis=-1, keepdims=True)
    columns = value.swapaxes(-1, -2).copy()
    for n, softmax in enumerate(weights):
        used = softmax if kept is None else softmax * kept[n]
        np.matmul(used.swapaxes(-1, -2), grad[n], out=grad_value[n])
        grad_scores = grad[n] @ columns[n]
        if kept is not None:
            grad_scores *= kept[n]
        grad_scores -= row_sum[n]
        grad_scores *= softmax
        np.matmul(grad_scores, key[n], out=grad_query[n])
        np.matmul(grad_scores.swapaxes(-1, -2), query[n], out=grad_key[n])


def _kept(shape, dropout_p, dtype):
    """What dropout multiplies the weights by, or None if it drops nothing."""
    return dropout(Tensor(np.ones(shape, dtype)), dropout_p).numpy() if dropout_p else None


def _additive(mask, dtype):
    """A mask of truths (True: take part) as numbers to add to scores: 0 and -inf."""
    if mask.dtype.kind == "b":
        return np.where(mask, 0, -np.inf).astype(dtype)
    return mask


def _causal(queries, keys, dtype):
    """The additive mask that shows each place itself and the places before it: (queries, keys)."""
    return _additive(np.tri(queries, keys, dtype=bool), dtype)


@primitive
def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None
):
    """softmax(scale query keyᵀ + mask) value (Vaswani et al., 2017).

    For query (N, ..., L, E), key (N, ..., S, E), value (N, ..., S, V) -> (N, ..., L, V). The mask
    broadcasts to (N, ..., L, S): True takes part, or a number is added to the score. ``is_causal``
    is the mask in which place i sees the places up to i. ``scale`` is 1/sqrt(E) if not given.
    A query that sees nothing gets zeros.
    """
    batch = query.shape[:-2]
    if not (
        query.ndim == key.ndim == value.ndim >= 3
        and batch == key.shape[:-2] == value.shape[:-2]
        and query.shape[-1] == key.shape[-1]
        and key.shape[-2] == value.shape[-2]
    ):
        raise ValueError(
            "attention expects query (N, ..., L, E), key (N, ..., S, E) and value (N, ..., S, V), "
            f"got {query.shape}, {key.shape} and {value.shape}"
        )
    if is_causal and attn_mask is not None:
        raise ValueError("attention takes attn_mask or is_causal, not both; join them in the mask")
    shape = (*query.shape[:-1], key.shape[-2])
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else float(scale)
    mask = _causal(*shape[-2:], query.dtype) if is_causal else attn_mask
    if mask is not None:
        mask = np.broadcast_to(_additive(mask, query.dtype), shape)
    kept = _kept(shape, dropout_p, query.dtype)

    scaled = query * scale
    out = np.empty((*query.shape[:-1], value.shape[-1]), query.dtype)
    weights = _attend(scaled, key, value, mask, kept, out)

    def grad_mask(grad):
        grad_weights = grad @ value.swapaxes(-1, -2)
        if kept is not None:
            grad_weights *= kept
        grad_weights -= (grad * out).sum(axis=-1, keepdims=True)
        return unbroadcast(weights * grad_weights, attn_mask.shape)

    def pullback(grad):
        grads = [np.empty(array.shape, array.dtype) for array in (query, key, value)]
        _attend_back(grad, out, weights, scaled, key, value, kept, *grads)
        grads[0] *= scale
        return *grads, lambda: grad_mask(grad)

    return out, pullback


@primitive
def self_attention(qkv, *, num_heads, dropout_p=0.0, is_causal=False):
    """Attention of a sequence to itself, in several heads: (batch, time, 3 E) -> (batch, time, E).

    The last dimension holds query, key and value, each of them the heads one after the other. The
    result, and its gradient, are written where they belong, so nothing is split or joined.
    """
    batch, time, features = qkv.shape
    head_dim = features // (3 * num_heads)

    def heads(packed):
        """Views of query, key and value: (3, batch, heads, time, head_dim)."""
        return packed.reshape(batch, time, 3, num_heads, head_dim).transpose(2, 0, 3, 1, 4)

    query, key, value = heads(qkv)
    scale = 1 / math.sqrt(head_dim)
    shape = (batch, num_heads, time, time)
    kept = _kept(shape, dropout_p, qkv.dtype)
    mask = np.broadcast_to(_causal(time, time, qkv.dtype), shape) if is_causal else None
    scaled = query * scale
    joined = np.empty((batch, time, num_heads, head_dim), qkv.dtype)
    out = joined.swapaxes(1, 2)  # (batch, heads, time, head_dim)
    weights = _attend(scaled, key, value, mask, kept, out)

    def pullback(grad):
        grad = grad.reshape(joined.shape).swapaxes(1, 2)
        grad_qkv = np.empty(qkv.shape, qkv.dtype)
        grads = heads(grad_qkv)
        _attend_back(grad, out, weights, scaled, key, value, kept, *grads)
        grads[0] *= scale
        return (grad_qkv,)

    return joined.reshape(batch, time, -1), pullback


@primitive
def _masked_softmax(scores, mask):
    """softmax(scores + mask) over the last dimension; a row that is -inf throughout gives zeros."""
    out = scores.copy()
    out += mask
    _softmax_(out)

    def pullback(grad):
        grad_scores = out * (grad - (grad * out).sum(axis=-1, keepdims=True))
        return grad_scores, lambda: unbroadcast(grad_scores, np.shape(mask))

    return out, pullback


def _check_mask(name, mask, *shapes):
    if mask.shape not in shapes:
        raise ValueError(f"{name} must be {' or '.join(map(str, shapes))}, got {mask.shape}")


def _hiding(mask, dtype):
    """The layer's kind of mask (True: hidden), or numbers, as numbers to add to scores."""
    return _additive(~np.asarray(mask), dtype) if mask.dtype.kind == "b" else mask


class MultiheadAttention(Module):
    """Attention in several heads, each on its own projection of the input (Vaswani et al., 2017).

    Args:
        embed_dim: E, length of queries, keys and values.
        num_heads: heads; each has E / num_heads features.
        dropout: probability of dropping an attention weight, in training.
        bias: whether the projections have a bias.
        batch_first: put the batch before the places.
    Shapes: query (L, batch, E), key and value (S, batch, E) -> output (L, batch, E) and weights
        (batch, L, S), the mean over heads; (batch, heads, L, S) with average_attn_weights=False,
        None with need_weights=False, which is faster. key_padding_mask (batch, S) and attn_mask
        (L, S) or (batch * heads, L, S): True hides a place, or a number is added to the score.
        is_causal hides from each place those after it; PyTorch asks for that attn_mask besides.
        A query from which all is hidden attends to nothing: its weights are 0 (in PyTorch so
        without need_weights, NaN with it).
    Parameters: in_proj_weight (3 E, E) for query, key, value, uniform on ±sqrt(6 / (4 E)) at the
        start (Glorot & Bengio, 2010); in_proj_bias (3 E,), zero; out_proj, a Linear.
    Raises: ValueError if num_heads does not divide embed_dim, or shapes do not fit.
    """

    def __init__(self, embed_dim, num_heads, dropout=0.0, bias=True, *, batch_first=False):
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
        if bias:
            self.out_proj.bias.data[...] = 0

    def forward(
        self,
        query,
        key,
        value,
        key_padding_mask=None,
        need_weights=True,
        attn_mask=None,
        average_attn_weights=True,
        is_causal=False,
    ):
        itself = query is key is value
        if not self.batch_first:
            query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        self._check(query, key, value)
        dropout_p = self.dropout if self.training else 0.0
        weights = None
        if itself and not need_weights and key_padding_mask is None and attn_mask is None:
            qkv = linear(query, self.in_proj_weight, self.in_proj_bias)
            out = self_attention(
                qkv, num_heads=self.num_heads, dropout_p=dropout_p, is_causal=is_causal
            )
        else:
            q, k, v = self._projected(query, key, value)  # (batch, heads, places, head_dim)
            mask = self._mask(q, k, key_padding_mask, attn_mask, is_causal)
            if need_weights:
                scores = q @ k.transpose(-2, -1) * (1 / math.sqrt(q.shape[-1]))
                weights = dropout(_masked_softmax(scores, 0 if mask is None else mask), dropout_p)
                heads = weights @ v
                weights = weights.mean(dim=1) if average_attn_weights else weights
            else:
                heads = scaled_dot_product_attention(q, k, v, mask, dropout_p)
            out = heads.transpose(1, 2).reshape(*query.shape)
        out = self.out_proj(out)
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
                f"(batch, S, {self.embed_dim}), or places before batch without batch_first; "
                f"got, batch first, {query.shape}, {key.shape} and {value.shape}"
            )

    def _projected(self, *inputs):
        """Query, key and value, each through its third of the weights, split into heads."""
        for third, x in enumerate(inputs):
            rows = slice(third * self.embed_dim, (third + 1) * self.embed_dim)
            bias = None if self.in_proj_bias is None else self.in_proj_bias[rows]
            split = (*x.shape[:2], self.num_heads, -1)
            yield linear(x, self.in_proj_weight[rows], bias).reshape(split).transpose(1, 2)

    def _mask(self, query, key, key_padding_mask, attn_mask, is_causal):
        """All masks as one to add to the scores (batch, heads, L, S), or None if there is none."""
        batch, heads, queries, _ = query.shape
        places, dtype = key.shape[2], query.dtype
        masks = [_causal(queries, places, dtype)] if is_causal else []
        if key_padding_mask is not None:
            _check_mask("key_padding_mask", key_padding_mask, (batch, places))
            masks.append(_hiding(key_padding_mask, dtype).reshape(batch, 1, 1, places))
        if attn_mask is not None:
            several = (batch * heads, queries, places)
            _check_mask("attn_mask", attn_mask, several[1:], several)
            split = (batch, heads) if attn_mask.ndim == 3 else (1, 1)
            masks.append(_hiding(attn_mask, dtype).reshape(*split, queries, places))
        return functools.reduce(add, masks) if masks else None

    def extra_repr(self):
        return f"{self.embed_dim}, {self.num_heads}"

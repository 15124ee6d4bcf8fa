"""The layers of the Transformer: attention and a feed-forward network, with skip connections."""

from collections.abc import Callable

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.nn.activation import gelu, relu
from nnlib.scratch.nn.attention import MultiheadAttention
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module
from nnlib.scratch.nn.norm import LayerNorm

_ACTIVATIONS = {"relu": relu, "gelu": gelu}


class _TransformerLayer(Module):
    """What encoder and decoder layers share: submodules, feed-forward network, skip connections.

    A subclass names its ``attentions``. Submodules are created in PyTorch's order, which is that of
    the ``state_dict``.
    """

    attentions: tuple[str, ...]

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
    ):
        super().__init__()
        if not callable(activation) and activation not in _ACTIVATIONS:
            raise ValueError(
                f"activation must be a function or one of {[*_ACTIVATIONS]}, got {activation!r}"
            )
        self.activation = activation if callable(activation) else _ACTIVATIONS[activation]
        self.norm_first = norm_first
        for name in self.attentions:
            setattr(
                self,
                name,
                MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first),
            )
        self.linear1 = Linear(d_model, dim_feedforward, bias)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias)
        numbers = range(1, len(self.attentions) + 2)
        for number in numbers:
            setattr(self, f"norm{number}", LayerNorm(d_model, layer_norm_eps, bias=bias))
        for number in numbers:
            setattr(self, f"dropout{number}", Dropout(dropout))

    def _sublayer(self, number, x, function):
        """x + function(x), normalized before ``function`` (norm_first) or after the sum."""
        norm, dropout = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        if self.norm_first:
            return x + dropout(function(norm(x)))
        return norm(x + dropout(function(x)))

    def _feed_forward(self, x):
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_TransformerLayer):
    """Self-attention, then a feed-forward network, with skip connections (Vaswani et al., 2017).

    Args:
        d_model: E, features at each position.
        nhead: number of attention heads.
        dim_feedforward: F, hidden units of the feed-forward network.
        dropout: probability, in training, of dropping attention weights, hidden units, and elements
            of the output of each sublayer.
        activation: "relu", "gelu" or a function.
        layer_norm_eps: eps of the LayerNorms.
        batch_first: whether input and output are (batch, positions, E).
        norm_first: whether to normalize the input of each sublayer (pre-norm, Xiong et al., 2020)
            instead of the sum after it (post-norm).
        bias: whether linear layers, norms and attention have a bias.
    Shapes: src (S, batch, E) -> the same. src_mask (S, S) or (batch * heads, S, S) and
        src_key_padding_mask (batch, S) as in `MultiheadAttention`.
    Parameters: self_attn, linear1 (F, E), linear2 (E, F), norm1, norm2.
    Raises: ValueError for an unknown activation, and as `MultiheadAttention`.
    """

    attentions = ("self_attn",)
    self_attn: MultiheadAttention

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | np.ndarray | None = None,
        src_key_padding_mask: Tensor | np.ndarray | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        def attend(x):
            return self.self_attn(
                x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal
            )[0]

        return self._sublayer(2, self._sublayer(1, src, attend), self._feed_forward)


class TransformerDecoderLayer(_TransformerLayer):
    """As the encoder layer, with cross-attention to the encoder's output in between.

    Args: as `TransformerEncoderLayer`.
    Shapes: tgt (T, batch, E), memory (S, batch, E) -> (T, batch, E). tgt_mask (T, T), memory_mask
        (T, S), each also (batch * heads, ...), tgt_key_padding_mask (batch, T) and
        memory_key_padding_mask (batch, S) as in `MultiheadAttention`.
    Parameters: self_attn, multihead_attn, linear1 (F, E), linear2 (E, F), norm1, norm2, norm3.
    Raises: as `TransformerEncoderLayer`.
    """

    attentions = ("self_attn", "multihead_attn")
    self_attn: MultiheadAttention
    multihead_attn: MultiheadAttention

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | np.ndarray | None = None,
        memory_mask: Tensor | np.ndarray | None = None,
        tgt_key_padding_mask: Tensor | np.ndarray | None = None,
        memory_key_padding_mask: Tensor | np.ndarray | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        def attend(x):
            return self.self_attn(
                x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal
            )[0]

        def attend_to_memory(x):
            return self.multihead_attn(
                x,
                memory,
                memory,
                memory_key_padding_mask,
                False,
                memory_mask,
                is_causal=memory_is_causal,
            )[0]

        x = self._sublayer(1, tgt, attend)
        x = self._sublayer(2, x, attend_to_memory)
        return self._sublayer(3, x, self._feed_forward)

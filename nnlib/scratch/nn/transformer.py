"""The layers of the Transformer: attention and a small network, each added to what came in."""

from nnlib.scratch.nn.activation import gelu, relu
from nnlib.scratch.nn.attention import MultiheadAttention
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module
from nnlib.scratch.nn.norm import LayerNorm

_ACTIVATIONS = {"relu": relu, "gelu": gelu}


class _TransformerLayer(Module):
    """What encoder and decoder share: their parts, the small network, how a step is added.

    A subclass names its ``attentions``. Parts are made in PyTorch's order, that of ``state_dict``.
    """

    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation="relu",
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
    ):
        super().__init__()
        if not callable(activation) and activation not in _ACTIVATIONS:
            raise ValueError(
                f"activation must be a function or one of {[*_ACTIVATIONS]}, got {activation!r}"
            )
        self.activation = _ACTIVATIONS.get(activation, activation)
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
        steps = range(1, len(self.attentions) + 2)
        for step in steps:
            setattr(self, f"norm{step}", LayerNorm(d_model, layer_norm_eps, bias=bias))
        for step in steps:
            setattr(self, f"dropout{step}", Dropout(dropout))

    def _add(self, x, step, function):
        """x and what ``function`` makes of it, normalized before (norm_first) or after."""
        norm, dropout = getattr(self, f"norm{step}"), getattr(self, f"dropout{step}")
        if self.norm_first:
            return x + dropout(function(norm(x)))
        return norm(x + dropout(function(x)))

    def _network(self, x):
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_TransformerLayer):
    """Self-attention, then two linear layers, each added to its input (Vaswani et al., 2017).

    Args:
        d_model: E, length of each place's vector.
        nhead: attention heads.
        dim_feedforward: F, width between the two linear layers.
        dropout: probability, in training, of dropping attention weights, hidden units, and elements
            of what is added.
        activation: "relu", "gelu" or a function.
        layer_norm_eps: eps of the LayerNorms.
        batch_first: put the batch before the places.
        norm_first: normalize what goes into each step, rather than what comes out of it
            (Xiong et al., 2020).
        bias: whether linear layers, norms and attention have a bias.
    Shapes: src (S, batch, E) -> the same. src_mask (S, S) or (batch * heads, S, S) and
        src_key_padding_mask (batch, S) as in `MultiheadAttention`.
    Parameters: self_attn, linear1 (F, E), linear2 (E, F), norm1, norm2.
    Raises: ValueError for an unknown activation; what `MultiheadAttention` raises.
    """

    attentions = ("self_attn",)

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        def attend(x):
            return self.self_attn(
                x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal
            )[0]

        return self._add(self._add(src, 1, attend), 2, self._network)


class TransformerDecoderLayer(_TransformerLayer):
    """As the encoder's layer, with attention to the encoder's output in between.

    Args: as `TransformerEncoderLayer`.
    Shapes: tgt (T, batch, E), memory (S, batch, E) -> (T, batch, E). tgt_mask (T, T), memory_mask
        (T, S), each also (batch * heads, ...), tgt_key_padding_mask (batch, T) and
        memory_key_padding_mask (batch, S) as in `MultiheadAttention`.
    Parameters: self_attn, multihead_attn, linear1 (F, E), linear2 (E, F), norm1, norm2, norm3.
    Raises: as `TransformerEncoderLayer`.
    """

    attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt,
        memory,
        tgt_mask=None,
        memory_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        tgt_is_causal=False,
        memory_is_causal=False,
    ):
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

        x = self._add(tgt, 1, attend)
        x = self._add(x, 2, attend_to_memory)
        return self._add(x, 3, self._network)

"""Recurrent layers: the state of one step is an input of the next.

Each cell processes a whole sequence in one primitive, so the graph has one node per layer and
direction. What does not need the state stays outside the loop over time: the input projection comes
before it, the gradients of the weights after it. Arrays keep the gates first, (gates, time, batch,
hidden), so that each gate of a step is one contiguous block.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from nnlib.scratch.autograd.ops import where
from nnlib.scratch.autograd.shapes import cat, stack
from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn import init
from nnlib.scratch.nn.dropout import dropout
from nnlib.scratch.nn.module import Module, Parameter

# Activation functions of `RNN`, and their pullbacks in terms of the output h.
_NONLINEARITIES: dict[str, tuple[Callable, Callable]] = {
    "tanh": (np.tanh, lambda grad, h: grad * (1 - h * h)),
    "relu": (lambda z: np.maximum(z, 0), lambda grad, h: np.where(h <= 0, 0, grad)),
}


def _project(x, weight, bias, factor):
    """x Wᵀ + b for all steps, each gate multiplied by its factor: (gates, time, batch, hidden)."""
    gates, columns = len(factor), _columns(weight, factor)
    out = x.reshape(-1, x.shape[-1]) @ columns  # (gates, time * batch, hidden)
    if bias is not None:
        out += bias.reshape(gates, 1, -1) * factor
    return out.reshape(gates, *x.shape[:2], -1)


def _columns(weight, factor):
    """The transposed weight of each gate times the gate's factor: (gates, in, hidden)."""
    blocks = weight.reshape(len(factor), -1, weight.shape[-1]) * factor  # (gates, hidden, in)
    return blocks.swapaxes(1, 2).copy()


def _grad_input(grad_gates, weight):
    """Sum over gates of grad W: (..., in) for grad_gates (gates, ..., hidden)."""
    gates, hidden_size = len(grad_gates), grad_gates.shape[-1]
    rows = grad_gates.reshape(gates, -1, hidden_size)
    grad = (rows @ weight.reshape(gates, hidden_size, -1)).sum(axis=0)
    return grad.reshape(*grad_gates.shape[1:-1], -1)


def _grad_weight(grad_gates, inputs):
    """gradᵀ inputs for each gate, over all steps and samples at once: (gates * hidden, in)."""
    rows = grad_gates.reshape(len(grad_gates), -1, grad_gates.shape[-1])
    grad = rows.swapaxes(1, 2) @ inputs.reshape(-1, inputs.shape[-1])
    return grad.reshape(-1, inputs.shape[-1])


def _grad_bias(grad_gates):
    """The sum over steps and samples, as a product with ones, which is faster: (gates * hidden)."""
    rows = grad_gates.reshape(len(grad_gates), -1, grad_gates.shape[-1])
    return (np.ones(rows.shape[1], rows.dtype) @ rows).reshape(-1)


@primitive
def _rnn(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, *, nonlinearity, valid_mask):
    """h_t = f(x_t W_ihᵀ + b_ih + h_(t-1) W_hhᵀ + b_hh) for all t: (time, batch, hidden).

    Where ``valid_mask`` (time, batch, 1) is false the state is 0: without a bound, as with ReLU, it
    could grow to infinity after the end of a sequence.
    """
    one = np.ones((1, 1, 1), x.dtype)
    activate, activate_back = _NONLINEARITIES[nonlinearity]
    bias = None if bias_ih is None else bias_ih + bias_hh
    (sums,) = _project(x, weight_ih, bias, one)  # (time, batch, hidden)
    (columns,) = _columns(weight_hh, one)
    h = np.empty((len(x) + 1, *h_0.shape), x.dtype)  # h[t] is the state before step t
    h[0] = h_0
    for t in range(len(x)):
        h[t + 1] = activate(sums[t] + h[t] @ columns)
        if valid_mask is not None:
            h[t + 1] *= valid_mask[t]
    out = h[1:]

    def pullback(grad):
        grad_sums = np.empty_like(out)
        grad_h = np.zeros_like(h_0)
        for t in reversed(range(len(x))):
            grad_sums[t] = activate_back(grad[t] + grad_h, out[t])
            grad_h = grad_sums[t] @ weight_hh
        gates = grad_sums[None]
        return (
            lambda: _grad_input(gates, weight_ih),
            grad_h,
            lambda: _grad_weight(gates, x),
            lambda: _grad_weight(gates, h[:-1]),
            lambda: _grad_bias(gates),
            lambda: _grad_bias(gates),
        )

    return out, pullback


@primitive
def _lstm(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh):
    """All hidden states and all cell states: (2, time, batch, hidden).

    c_t = f c_(t-1) + i g and h_t = o tanh(c_t), where the gates i, f, o are sigmoids and the
    candidate g a tanh of sums over x_t and h_(t-1). As sigmoid(z) = ½ tanh(½ z) + ½, one call of
    tanh serves all four: z is multiplied by ``scale``, through the weights, and the tanh by
    ``scale`` again; then ``shift`` is added.
    """
    scale = np.array([0.5, 0.5, 1, 0.5], x.dtype).reshape(4, 1, 1)  # order i f g o
    shift = 1 - scale
    bias = None if bias_ih is None else bias_ih + bias_hh
    gates = _project(x, weight_ih, bias, scale)  # so far the sums over x_t
    columns = _columns(weight_hh, scale)
    h, c = states = np.empty((2, len(x) + 1, *h_0.shape), x.dtype)  # [t]: before step t
    h[0], c[0] = h_0, c_0
    tanh_c = np.empty_like(h[1:])
    for t in range(len(x)):
        step = gates[:, t]  # a view (4, batch, hidden): what follows writes into gates
        step += h[t] @ columns
        np.tanh(step, out=step)
        step *= scale
        step += shift
        i, f, g, o = step
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += i * g
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])

    def pullback(grad):
        grad_gates = np.empty_like(gates)
        grad_h, grad_c = np.zeros_like(h_0), np.zeros_like(c_0)
        weights = weight_hh.reshape(4, -1, weight_hh.shape[-1])
        for t in reversed(range(len(x))):
            i, f, g, o = gates[:, t]
            grad_h = grad_h + grad[0, t]
            grad_c = grad_c + grad[1, t] + grad_h * o * (1 - tanh_c[t] * tanh_c[t])
            grad_i, grad_f, grad_g, grad_o = grad_gates[:, t]  # before the sigmoid or tanh
            np.multiply(grad_c * g, i * (1 - i), out=grad_i)
            np.multiply(grad_c * c[t], f * (1 - f), out=grad_f)
            np.multiply(grad_c * i, 1 - g * g, out=grad_g)
            np.multiply(grad_h * tanh_c[t], o * (1 - o), out=grad_o)
            grad_c = grad_c * f
            grad_h = (grad_gates[:, t] @ weights).sum(axis=0)
        return (
            lambda: _grad_input(grad_gates, weight_ih),
            grad_h,
            grad_c,
            lambda: _grad_weight(grad_gates, x),
            lambda: _grad_weight(grad_gates, h[:-1]),
            lambda: _grad_bias(grad_gates),
            lambda: _grad_bias(grad_gates),
        )

    return states[:, 1:], pullback


@primitive
def _gru(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh):
    """h_t = (1 - z) n + z h_(t-1) for all t: (time, batch, hidden).

    The gates r and z are sigmoids of sums over x_t and h_(t-1), computed by tanh as in `_lstm`. The
    candidate is n = tanh(W_in x_t + b_in + r m), m = W_hn h_(t-1) + b_hn: as in PyTorch the reset
    gate r acts after the matrix product, not before it.
    """
    scale = np.array([0.5, 0.5, 1], x.dtype).reshape(3, 1, 1)  # order r z n
    gates = _project(x, weight_ih, bias_ih, scale)  # so far the sums over x_t
    columns = _columns(weight_hh, scale)
    bias = 0 if bias_hh is None else bias_hh.reshape(3, 1, -1) * scale
    h = np.empty((len(x) + 1, *h_0.shape), x.dtype)  # h[t] is the state before step t
    h[0] = h_0
    m = np.empty_like(h[1:])
    for t in range(len(x)):
        from_state = h[t] @ columns + bias  # (3, batch, hidden)
        m[t] = from_state[2]
        r_and_z = gates[:2, t]  # a view (2, batch, hidden): what follows writes into gates
        r_and_z += from_state[:2]
        np.tanh(r_and_z, out=r_and_z)
        r_and_z *= 0.5
        r_and_z += 0.5
        r, z, n = gates[:, t]
        n += r * m[t]
        np.tanh(n, out=n)
        h[t + 1] = n + z * (h[t] - n)

    def pullback(grad):
        grad_from_state = np.empty_like(gates)  # with respect to the sums over h_(t-1)
        grad_n = np.empty_like(m)  # the sums over x_t have the same gradient but for n
        grad_h = np.zeros_like(h_0)
        weights = weight_hh.reshape(3, -1, weight_hh.shape[-1])
        for t in reversed(range(len(x))):
            r, z, n = gates[:, t]
            grad_r, grad_z, grad_m = grad_from_state[:, t]
            grad_h = grad_h + grad[t]
            np.multiply(grad_h * (1 - z), 1 - n * n, out=grad_n[t])
            np.multiply(grad_n[t] * m[t], r * (1 - r), out=grad_r)
            np.multiply(grad_h * (h[t] - n), z * (1 - z), out=grad_z)
            np.multiply(grad_n[t], r, out=grad_m)
            grad_h = grad_h * z + (grad_from_state[:, t] @ weights).sum(axis=0)
        grad_from_input = np.concatenate([grad_from_state[:2], grad_n[None]])
        return (
            lambda: _grad_input(grad_from_input, weight_ih),
            grad_h,
            lambda: _grad_weight(grad_from_input, x),
            lambda: _grad_weight(grad_from_state, h[:-1]),
            lambda: _grad_bias(grad_from_input),
            lambda: _grad_bias(grad_from_state),
        )

    return h[1:], pullback


def _time_indices(lengths, time, batch):
    """The index that reverses time, the index of the last state, and which steps are valid.

    With ``lengths``, each sequence is reversed within its own length, and ``valid_mask`` (time,
    batch, 1) is false after its end. Without, the mask is None.
    """
    if lengths is None:
        return slice(None, None, -1), -1, None
    lengths = np.asarray(lengths)
    if lengths.shape != (batch,) or lengths.dtype.kind not in "iu":
        raise ValueError(f"lengths must be {batch} integers, one per sequence, got {lengths!r}")
    if not (lengths.min() >= 1 and lengths.max() <= time):
        raise ValueError(f"lengths must be from 1 to {time}, got {lengths.tolist()}")
    steps, samples = np.arange(time)[:, None], np.arange(batch)
    valid = steps < lengths  # (time, batch)
    reverse = np.where(valid, lengths - 1 - steps, steps)
    return (reverse, samples), (lengths - 1, samples), valid[..., None]


class _Recurrent(Module):
    """Layers and directions of one kind of cell.

    A subclass defines ``gates``, the number of gates, ``num_states``, the number of arrays in its
    state, and ``_scan``.
    """

    gates: int
    num_states = 1
    weight_ih_l0: Parameter  # the first of the parameters, which __init__ creates by name

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ):
        super().__init__()
        for name, size in (
            ("input_size", input_size),
            ("hidden_size", hidden_size),
            ("num_layers", num_layers),
        ):
            if size < 1:
                raise ValueError(f"{name} must be 1 or more, got {size}")
        self.input_size, self.hidden_size = input_size, hidden_size
        self.num_layers, self.bias, self.batch_first = num_layers, bias, batch_first
        self.dropout, self.bidirectional = dropout, bidirectional
        rows, directions = self.gates * hidden_size, 1 + bidirectional
        for layer in range(num_layers):
            features = hidden_size * directions if layer else input_size
            shapes: dict[str, tuple[int, ...]] = {
                "weight_ih": (rows, features),
                "weight_hh": (rows, hidden_size),
            }
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            for suffix in self._suffixes(layer):
                for name, shape in shapes.items():
                    parameter = Parameter(np.empty(shape, dtype=np.float32))
                    bound = 1 / math.sqrt(hidden_size)
                    setattr(self, name + suffix, init.uniform_(parameter, -bound, bound))

    def _scan(
        self,
        x: Tensor,
        state: Sequence[Tensor],
        weights: Sequence[Parameter | None],
        valid_mask: np.ndarray | None,
    ) -> tuple[Tensor, ...]:
        """All states of a sequence, one Tensor (time, batch, hidden) for each array of the state.

        The hidden states come first. After the end of a sequence, where ``valid_mask`` (time,
        batch, 1) is false, states may be anything finite.
        """
        raise NotImplementedError

    def _suffixes(self, layer):
        """What the names of the parameters end in, one suffix for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def _weights(self, suffix):
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return [getattr(self, name + suffix, None) for name in names]

    def forward(
        self,
        input: Tensor,
        hx: Tensor | tuple[Tensor, Tensor] | None = None,
        lengths: Sequence[int] | np.ndarray | None = None,
    ) -> tuple[Tensor, Tensor | tuple[Tensor, ...]]:
        self._check(input)
        x = input.transpose(0, 1) if self.batch_first else input  # (time, batch, features)
        initial = self._initial_states(x, hx)
        reverse, last, valid_mask = _time_indices(lengths, *x.shape[:2])
        if valid_mask is not None:
            x = where(valid_mask, x, 0.0)  # padding may be anything, NaN too
        final: list[list[Tensor]] = []  # final states of each layer and direction
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = dropout(x, self.dropout, self.training)
            outputs = []
            for backward, suffix in enumerate(self._suffixes(layer)):
                state = [states[len(final)] for states in initial]
                states = self._scan(
                    x[reverse] if backward else x, state, self._weights(suffix), valid_mask
                )
                final.append([tensor[last] for tensor in states])
                outputs.append(states[0][reverse] if backward else states[0])
            x = cat(outputs, dim=-1) if self.bidirectional else outputs[0]
            if valid_mask is not None:
                x = where(valid_mask, x, 0.0)
        output = x.transpose(0, 1) if self.batch_first else x
        final_states = tuple(stack(tensors) for tensors in zip(*final, strict=True))
        return output, final_states if self.num_states > 1 else final_states[0]

    def _check(self, input):
        name, dtype = type(self).__name__, self.weight_ih_l0.dtype
        if input.ndim != 3 or input.shape[-1] != self.input_size or 0 in input.shape:
            order = "batch, time" if self.batch_first else "time, batch"
            raise ValueError(f"{name} expects ({order}, {self.input_size}), got {input.shape}")
        if input.dtype != dtype:
            raise TypeError(f"{name} has {dtype} weights, got {input.dtype} input; convert one")

    def _initial_states(self, x, hx):
        """The arrays of the state, each (layers * directions, batch, hidden): given, or zeros."""
        shape = (self.num_layers * (1 + self.bidirectional), x.shape[1], self.hidden_size)
        if hx is None:
            return [Tensor(np.zeros(shape, dtype=x.dtype))] * self.num_states
        initial = [*hx] if self.num_states > 1 else [hx]
        if [state.shape for state in initial] != [shape] * self.num_states:
            raise ValueError(
                f"{type(self).__name__} expects {self.num_states} initial state(s) {shape}, "
                f"got {', '.join(str(state.shape) for state in initial)}"
            )
        return initial

    def extra_repr(self) -> str:
        names = ["num_layers", "bias", "batch_first", "dropout", "bidirectional"]
        settings = "".join(f", {name}={getattr(self, name)}" for name in names)
        return f"{self.input_size}, {self.hidden_size}{settings}"


class RNN(_Recurrent):
    """The simple recurrent network (Elman, 1990).

    h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh).

    Args:
        input_size: features of x_t.
        hidden_size: H, features of the hidden state h_t.
        num_layers: stacked layers; each above the first reads the hidden states of the one below.
        nonlinearity: "tanh" or "relu".
        bias: whether to add b_ih and b_hh.
        batch_first: whether input and output are (batch, time, ...); states never are.
        dropout: probability, in training, of dropping an element of a layer's output on its way to
            the next layer.
        bidirectional: D = 2 directions: a second set of weights reads each sequence backward.
    Shapes: input (time, batch, input_size), hx (num_layers * D, batch, H) or None for zeros
        -> output (time, batch, D * H), h_n (num_layers * D, batch, H). With ``lengths`` (batch,),
        sequences of different lengths share a batch: what comes after the end of each is ignored,
        the output is zero there, and h_n is the state at the end. PyTorch has
        ``pack_padded_sequence`` for that.
    Parameters: for layer k weight_ih_lk (H, input_size; above the first layer D * H),
        weight_hh_lk (H, H), bias_ih_lk (H,), bias_hh_lk (H,), and the same with _reverse; all
        initialized uniformly on ±1/sqrt(H).
    Raises: ValueError for an input, a state or lengths of the wrong shape or out of range;
        TypeError if the dtype of the input differs from that of the weights.
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: Literal["tanh", "relu"] = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ):
        if nonlinearity not in _NONLINEARITIES:
            raise ValueError(f'nonlinearity must be "tanh" or "relu", got {nonlinearity!r}')
        self.nonlinearity = nonlinearity
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional
        )

    def _scan(self, x, state, weights, valid_mask):
        return (_rnn(x, *state, *weights, nonlinearity=self.nonlinearity, valid_mask=valid_mask),)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, nonlinearity={self.nonlinearity}"


class LSTM(_Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber, 1997; forget gate of Gers et al., 2000).

    The input, forget and output gates i, f, o = sigmoid(W x_t + U h_(t-1) + b), each with weights
    of its own, control the cell state c. With the candidate g, the tanh of such a sum,
    c_t = f c_(t-1) + i g and h_t = o tanh(c_t).

    Args: as `RNN`, without nonlinearity.
    Shapes: as `RNN`; hx is a pair (h_0, c_0), and the second result a pair (h_n, c_n).
    Parameters: as `RNN`, with 4 * H rows, in the order i f g o.
    Raises: as `RNN`.
    """

    gates = 4
    num_states = 2

    def _scan(self, x, state, weights, _valid_mask):
        states = _lstm(x, *state, *weights)  # bounded after the end of a sequence too
        return states[0], states[1]


class GRU(_Recurrent):
    """Gated recurrent unit: the new state blends the old one with a candidate (Cho et al., 2014).

    The reset and update gates r, z = sigmoid(W x_t + b + U h_(t-1) + c) and the candidate
    n = tanh(W x_t + b + r (U h_(t-1) + c)) each have weights of their own;
    h_t = (1 - z) n + z h_(t-1).

    Args: as `RNN`, without nonlinearity.
    Shapes: as `RNN`.
    Parameters: as `RNN`, with 3 * H rows, in the order r z n.
    Raises: as `RNN`.
    """

    gates = 3

    def _scan(self, x, state, weights, _valid_mask):
        return (_gru(x, *state, *weights),)  # bounded after the end of a sequence too

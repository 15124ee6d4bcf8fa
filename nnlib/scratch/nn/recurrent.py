"""Recurrent layers: one step's state is the next step's input.

Each cell walks a whole sequence as one primitive, so the graph has one node per layer and
direction. What needs no state leaves the loop: the input projection comes before it, the weights'
gradients after it. Arrays keep the gates first, (gates, time, batch, hidden), so that every gate of
a step is one contiguous block.
"""

import math

import numpy as np

from nnlib.scratch.autograd.shapes import cat, stack
from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn import init
from nnlib.scratch.nn.dropout import dropout
from nnlib.scratch.nn.module import Module, Parameter


def _project(x, weight, bias, factor):
    """x Wᵀ + b for all steps, each gate times its factor: (gates, time, batch, hidden)."""
    gates, columns = len(factor), _columns(weight, factor)
    out = x.reshape(-1, x.shape[-1]) @ columns  # (gates, time * batch, hidden)
    if bias is not None:
        out += bias.reshape(gates, 1, -1) * factor
    return out.reshape(gates, *x.shape[:2], -1)


def _columns(weight, factor):
    """The transposed weight of each gate, times its factor: (gates, in, hidden), contiguous."""
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
def _rnn(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, *, nonlinearity):
    """h_t = f(x_t W_ihᵀ + b_ih + h_(t-1) W_hhᵀ + b_hh) for all t: (time, batch, hidden)."""
    one = np.ones((1, 1, 1), x.dtype)
    activate = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}[nonlinearity]
    bias = None if bias_ih is None else bias_ih + bias_hh
    (sums,) = _project(x, weight_ih, bias, one)  # (time, batch, hidden)
    (columns,) = _columns(weight_hh, one)
    h = np.empty((len(x) + 1, *h_0.shape), x.dtype)  # h[t] is the state before step t
    h[0] = h_0
    for t in range(len(x)):
        h[t + 1] = activate(sums[t] + h[t] @ columns)
    out = h[1:]

    def pullback(grad):
        slope = 1 - out * out if nonlinearity == "tanh" else out > 0
        grad_sums = np.empty_like(h[1:])
        grad_h = np.zeros_like(h_0)
        for t in reversed(range(len(x))):
            grad_sums[t] = (grad[t] + grad_h) * slope[t]
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

    c_t = f c_(t-1) + i g and h_t = o tanh(c_t), with i, f, o sigmoids and g a tanh of x_t and
    h_(t-1). As sigmoid(z) = ½ + ½ tanh(½ z), one call of tanh serves all four gates; the inner ½ is
    multiplied into the weights.
    """
    half = np.array([0.5, 0.5, 1, 0.5], x.dtype).reshape(4, 1, 1)  # gates i f g o
    rest = 1 - half
    bias = None if bias_ih is None else bias_ih + bias_hh
    gates = _project(x, weight_ih, bias, half)
    columns = _columns(weight_hh, half)
    h, c = states = np.empty((2, len(x) + 1, *h_0.shape), x.dtype)  # [t]: before step t
    h[0], c[0] = h_0, c_0
    tanh_c = np.empty_like(h[1:])
    for t in range(len(x)):
        i, f, g, o = now = gates[:, t]
        now += h[t] @ columns
        np.tanh(now, out=now)
        now *= half
        now += rest
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
            grad_i, grad_f, grad_g, grad_o = grad_gates[:, t]
            grad_h = grad_h + grad[0, t]
            grad_c = grad_c + grad[1, t] + grad_h * o * (1 - tanh_c[t] * tanh_c[t])
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

    r and z are sigmoids of x_t and h_(t-1); n = tanh(W_in x_t + b_in + r (W_hn h_(t-1) + b_hn)):
    as in PyTorch the reset gate r acts after the matrix product, not before it.
    """
    half = np.array([0.5, 0.5, 1], x.dtype).reshape(3, 1, 1)  # gates r z n
    gates = _project(x, weight_ih, bias_ih, half)
    columns = _columns(weight_hh, half)
    bias = 0 if bias_hh is None else bias_hh.reshape(3, 1, -1) * half
    h = np.empty((len(x) + 1, *h_0.shape), x.dtype)  # h[t] is the state before step t
    h[0] = h_0
    recalled = np.empty_like(h[1:])  # W_hn h + b_hn
    for t in range(len(x)):
        r, z, n = gates[:, t]
        *_, recalled[t] = from_state = h[t] @ columns + bias
        switches = gates[:2, t]
        switches += from_state[:2]
        np.tanh(switches, out=switches)
        switches *= 0.5
        switches += 0.5
        n += r * recalled[t]
        np.tanh(n, out=n)
        h[t + 1] = n + z * (h[t] - n)

    def pullback(grad):
        grad_gates = np.empty_like(gates)  # of what comes from the state
        grad_n = np.empty_like(recalled)  # the third of what comes from the input
        grad_h = np.zeros_like(h_0)
        weights = weight_hh.reshape(3, -1, weight_hh.shape[-1])
        for t in reversed(range(len(x))):
            r, z, n = gates[:, t]
            grad_r, grad_z, grad_recalled = grad_gates[:, t]
            grad_h = grad_h + grad[t]
            np.multiply(grad_h * (1 - z), 1 - n * n, out=grad_n[t])
            np.multiply(grad_n[t] * recalled[t], r * (1 - r), out=grad_r)
            np.multiply(grad_h * (h[t] - n), z * (1 - z), out=grad_z)
            np.multiply(grad_n[t], r, out=grad_recalled)
            grad_h = grad_h * z + (grad_gates[:, t] @ weights).sum(axis=0)
        grad_inputs = np.concatenate([grad_gates[:2], grad_n[None]])
        return (
            lambda: _grad_input(grad_inputs, weight_ih),
            grad_h,
            lambda: _grad_weight(grad_inputs, x),
            lambda: _grad_weight(grad_gates, h[:-1]),
            lambda: _grad_bias(grad_inputs),
            lambda: _grad_bias(grad_gates),
        )

    return h[1:], pullback


class _Recurrent(Module):
    """Layers and directions of one kind of cell.

    A subclass has ``gates``, the number of gates; ``num_states``, of arrays in its state; and
    ``walk(x, state, weights)``, which returns all states of a sequence, the hidden ones first.
    """

    num_states = 1

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
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
            shapes = {"weight_ih": (rows, features), "weight_hh": (rows, hidden_size)}
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            for suffix in self._suffixes(layer):
                for name, shape in shapes.items():
                    parameter = Parameter(np.empty(shape, dtype=np.float32))
                    bound = 1 / math.sqrt(hidden_size)
                    setattr(self, name + suffix, init.uniform_(parameter, -bound, bound))

    def _suffixes(self, layer):
        """Ends of the parameters' names, one for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def _weights(self, suffix):
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return [getattr(self, name + suffix, None) for name in names]

    def forward(self, input, hx=None, lengths=None):
        self._check(input)
        x = input.transpose(0, 1) if self.batch_first else input  # (time, batch, features)
        starts = self._starts(x, hx)
        backward, last, real = _places(lengths, x)
        ends = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = dropout(x, self.dropout, self.training)
            outputs = []
            for reverse, suffix in enumerate(self._suffixes(layer)):
                start = [state[len(ends)] for state in starts]
                states = self.walk(x[backward] if reverse else x, start, self._weights(suffix))
                ends.append([state[last] for state in states])
                outputs.append(states[0][backward] if reverse else states[0])
            x = cat(outputs, dim=-1) if self.bidirectional else outputs[0]
            if real is not None:
                x = x * real
        output = x.transpose(0, 1) if self.batch_first else x
        final = tuple(stack(state) for state in zip(*ends, strict=True))
        return output, final if self.num_states > 1 else final[0]

    def _check(self, input):
        name, dtype = type(self).__name__, self.weight_ih_l0.dtype
        if input.ndim != 3 or input.shape[-1] != self.input_size or 0 in input.shape:
            order = "batch, time" if self.batch_first else "time, batch"
            raise ValueError(f"{name} expects ({order}, {self.input_size}), got {input.shape}")
        if input.dtype != dtype:
            raise TypeError(f"{name} has {dtype} weights, got {input.dtype} input; convert one")

    def _starts(self, x, hx):
        """The initial states, each (layers * directions, batch, hidden): given, or zeros."""
        shape = (self.num_layers * (1 + self.bidirectional), x.shape[1], self.hidden_size)
        if hx is None:
            return [Tensor(np.zeros(shape, dtype=x.dtype))] * self.num_states
        starts = [*hx] if self.num_states > 1 else [hx]
        if [state.shape for state in starts] != [shape] * self.num_states:
            raise ValueError(
                f"{type(self).__name__} expects {self.num_states} initial state(s) {shape}, "
                f"got {', '.join(str(state.shape) for state in starts)}"
            )
        return starts

    def extra_repr(self):
        names = ["num_layers", "bias", "batch_first", "dropout", "bidirectional"]
        settings = "".join(f", {name}={getattr(self, name)}" for name in names)
        return f"{self.input_size}, {self.hidden_size}{settings}"


def _places(lengths, x):
    """Where to find things in time: the index that reverses, that of the last state, a mask.

    With ``lengths``, each sequence turns around within its own length, and what comes after its end
    is set to zero by the mask (time, batch, 1). Without, the mask is None.
    """
    if lengths is None:
        return slice(None, None, -1), -1, None
    time, batch = x.shape[:2]
    lengths = np.asarray(lengths)
    if lengths.shape != (batch,) or lengths.dtype.kind not in "iu":
        raise ValueError(f"lengths must be {batch} integers, one a sequence, got {lengths!r}")
    if not (lengths.min() >= 1 and lengths.max() <= time):
        raise ValueError(f"lengths must be from 1 to {time}, got {lengths.tolist()}")
    steps, samples = np.arange(time)[:, None], np.arange(batch)
    real = steps < lengths  # (time, batch)
    backward = np.where(real, lengths - 1 - steps, steps)
    return (backward, samples), (lengths - 1, samples), real[..., None].astype(x.dtype)


class RNN(_Recurrent):
    """The simple recurrent network (Elman, 1990).

    h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh).

    Args:
        input_size: length of x_t.
        hidden_size: H, length of the state h_t.
        num_layers: layers, each reading the states of the one below.
        nonlinearity: "tanh" or "relu".
        bias: whether to add b_ih and b_hh.
        batch_first: put the batch before the time in input and output (never in the states).
        dropout: probability of dropping a state on its way to the next layer, in training.
        bidirectional: D = 2 directions: a second set of weights reads each sequence from its end.
    Shapes: input (time, batch, input_size), hx (num_layers * D, batch, H) or None for zeros
        -> output (time, batch, D * H), h_n (num_layers * D, batch, H). With ``lengths`` (batch,),
        sequences end early: output is zero after the end, h_n is the state at it. PyTorch does the
        same by ``pack_padded_sequence``.
    Parameters: for layer k weight_ih_lk (H, input_size; above the first layer D * H),
        weight_hh_lk (H, H), bias_ih_lk (H,), bias_hh_lk (H,), and the same with _reverse; all
        start uniform on ±1/sqrt(H).
    Raises: ValueError for an input, a state or lengths that do not fit; TypeError if the input has
        another dtype than the weights.
    """

    gates = 1

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
    ):
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f'nonlinearity must be "tanh" or "relu", got {nonlinearity!r}')
        self.nonlinearity = nonlinearity
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional
        )

    def walk(self, x, state, weights):
        return (_rnn(x, *state, *weights, nonlinearity=self.nonlinearity),)

    def extra_repr(self):
        return f"{super().extra_repr()}, nonlinearity={self.nonlinearity}"


class LSTM(_Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber, 1997; forget gate of Gers et al., 2000).

    A cell c is added to, behind gates i, f, o = sigmoid(W x_t + U h_(t-1) + b), each with its own
    weights; with g = tanh of the same, c_t = f c_(t-1) + i g and h_t = o tanh(c_t).

    Args: as `RNN`, without nonlinearity.
    Shapes: as `RNN`; hx is a pair (h_0, c_0), and the second result a pair (h_n, c_n).
    Parameters: as `RNN`, with 4 * H rows, in the order i f g o.
    Raises: as `RNN`.
    """

    gates = 4
    num_states = 2

    def walk(self, x, state, weights):
        both = _lstm(x, *state, *weights)
        return both[0], both[1]


class GRU(_Recurrent):
    """Gated recurrent unit: a new state blends the old one with a candidate (Cho et al., 2014).

    r, z = sigmoid(W x_t + b + U h_(t-1) + c), n = tanh(W x_t + b + r (U h_(t-1) + c)), each with
    its own weights; h_t = (1 - z) n + z h_(t-1).

    Args: as `RNN`, without nonlinearity.
    Shapes: as `RNN`.
    Parameters: as `RNN`, with 3 * H rows, in the order r z n.
    Raises: as `RNN`.
    """

    gates = 3

    def walk(self, x, state, weights):
        return (_gru(x, *state, *weights),)

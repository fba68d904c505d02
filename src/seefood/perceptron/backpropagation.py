"""Back-propagation: how much the loss would change with every weight, every sum and every activation.

The chain rule, walked from the outputs to the inputs (Rumelhart, Hinton and Williams, "Learning representations by
back-propagating errors", 1986). With a[k-1] the activations before layer k:

    dLoss/dz[k]       = dLoss/da[k] through the activation
    dLoss/dweights[k] = a[k-1] transposed · dLoss/dz[k]
    dLoss/dbias[k]    = the sum of dLoss/dz[k] over the examples
    dLoss/da[k-1]     = dLoss/dz[k] · weights[k] transposed
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seefood.errors import ShapeError
from seefood.perceptron.activations import ACTIVATIONS
from seefood.perceptron.losses import Loss, check_targets, loss_named
from seefood.perceptron.network import Perceptron, Trace

__all__ = ["Gradients", "backpropagate", "gradients"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gradients:
    """The loss of a batch, and its derivative by everything in the network; one array a layer.

    Attributes:
        loss: the mean over the batch.
        weights, biases: shaped as the layers' own, summed over the batch.
        sums, activations: [n, nodes]: by z and by a of every node, for each example. As the loss is a mean, each
            example's share is divided by n.
    """

    loss: float
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    sums: tuple[Array, ...]
    activations: tuple[Array, ...]


def gradients(network: Perceptron, trace: Trace, targets: object, loss: str) -> Gradients:
    """Back-propagate the loss of a batch through the network that made the trace.

    ``targets`` [n, outputs] is what the outputs should have been; ``loss`` a name in
    `seefood.perceptron.losses.LOSSES`.

    Raises:
        ShapeError: targets or trace do not fit the network, or the loss does not go with its outputs.

    >>> from seefood.perceptron.network import Layer
    >>> network = Perceptron((Layer([[0.0, 0.0]], [0.0, 0.0], "softmax"),))
    >>> result = gradients(network, network.forward([[3.0]]), [[1, 0]], "cross_entropy")
    >>> round(result.loss, 4), result.sums[0].tolist(), result.weights[0].tolist()
    (0.6931, [[-0.5, 0.5]], [[-1.5, 1.5]])
    """
    chosen = loss_named(loss)
    _check_trace(network, trace)
    return backpropagate(network, trace, check_targets(chosen, network.output, targets, _shape(trace)), chosen)


def backpropagate(network: Perceptron, trace: Trace, targets: Array, loss: Loss) -> Gradients:
    """`gradients` for a trace and targets that were checked before."""
    at_weights: list[Array] = []
    at_biases: list[Array] = []
    at_sums: list[Array] = []
    n, layers = len(targets), network.layers
    before = (trace.inputs, *trace.activations)
    with np.errstate(all="ignore"):
        output, z, a = network.output, trace.sums[-1], trace.outputs
        value = float(loss.each(output, z, a, targets).mean())
        at_activations = [loss.at_activations(output, a, targets) / n]
        for k in reversed(range(len(layers))):
            if k == len(layers) - 1:
                at_sum = loss.at_sums(output, z, a, targets) / n
            else:
                f = ACTIVATIONS[layers[k].activation]
                at_sum = f.backward(trace.sums[k], trace.activations[k], at_activations[-1])
            at_sums.append(at_sum)
            at_weights.append(before[k].T @ at_sum)
            at_biases.append(at_sum.sum(axis=0))
            if k > 0:
                at_activations.append(at_sum @ layers[k].weights.T)
    return Gradients(value, *(tuple(part[::-1]) for part in (at_weights, at_biases, at_sums, at_activations)))


def _shape(trace: Trace) -> tuple[int, int]:
    examples, outputs = trace.outputs.shape
    return examples, outputs


def _check_trace(network: Perceptron, trace: Trace) -> None:
    sizes = (trace.inputs.shape[1], *(a.shape[1] for a in trace.activations))
    if sizes != network.sizes:
        raise ShapeError(
            f"expected a trace of this network, with {list(network.sizes)} nodes; found one of {list(sizes)}; "
            "use the trace that its forward pass gave"
        )
    if not len(trace.inputs):
        raise ShapeError(
            f"expected a batch of one example or more; found inputs of shape {list(trace.inputs.shape)}; give some"
        )

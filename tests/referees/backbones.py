"""Run by an interpreter that has Keras: networks with random weights, in every layout of file, and what they answer.

``python backbones.py FOLDER`` writes pictures.npy, the weights files, answers.npz and manifest.json, which says for
each file which network it holds, whether it has its top, and under which names the answers are.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np
from keras import applications
from keras.src.legacy.saving import legacy_h5_format

ENDS = {
    "resnet50": ("conv5_block3_out", "conv4_block6_out", "conv3_block4_out", "conv2_block3_out"),
    "vgg16": ("block5_pool", "block4_pool", "block3_pool", "block2_pool", "block1_pool"),
}
OLD_PARTS = {"kernel": "W", "bias": "b", "moving_mean": "running_mean", "moving_variance": "running_std"}


def pictures(generator: np.random.Generator) -> np.ndarray[Any, Any]:
    """Colour patches of three sizes, so that the pictures differ in more than noise."""
    patches = [generator.integers(0, 256, (side, side, 3)).astype(np.uint8) for side in (4, 14, 56)]
    return np.stack([patch.repeat(224 // len(patch), 0).repeat(224 // len(patch), 1) for patch in patches])


def randomise(model: Any, x: Any, generator: np.random.Generator) -> None:
    """Weights and statistics that keep activations in range, with every tensor of a normalisation away from 0 and 1."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
            layer.gamma.assign(generator.uniform(0.5, 1.5, layer.gamma.shape))
            layer.beta.assign(generator.normal(0, 0.3, layer.beta.shape))
        elif layer.weights:
            kernel, bias = layer.weights
            kernel.assign(generator.normal(0, np.sqrt(2 / np.prod(kernel.shape[:-1])), kernel.shape))
            bias.assign(generator.normal(0, 0.3, bias.shape))
    model(x, training=True)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            variance = np.asarray(layer.moving_variance)
            shift = 0.3 * np.sqrt(variance) * generator.normal(size=variance.shape)
            layer.moving_mean.assign(np.asarray(layer.moving_mean) + shift)
            layer.moving_variance.assign(variance * generator.uniform(0.5, 2, variance.shape))
    spread_out(model, x)


def spread_out(model: Any, x: Any) -> None:
    """Scale the last layer so that no class has all the probability."""
    if isinstance(model.layers[-1], keras.layers.Dense):
        before = keras.Model(model.input, model.layers[-2].output)
        logits = np.asarray(before(x)) @ np.asarray(model.layers[-1].kernel)
        kernel = model.layers[-1].kernel
        kernel.assign(np.asarray(kernel) * (2 / logits.std()))


def answers(model: Any, name: str, x: Any) -> tuple[Any, Any]:
    """Features of all depths, and the model's own output."""
    outputs = [model.get_layer(end).output for end in ENDS[name]]
    *maps, last = keras.Model(model.input, [*outputs, model.output])(x)
    maps = [np.asarray(values, np.float64) for values in maps]
    parts = [maps[0].mean((1, 2))]
    for values in maps[1:]:
        parts += [values.mean((1, 2)), values.max((1, 2))]
    return np.concatenate(parts, axis=1), np.asarray(last)


def write_keras2(model: Any, path: Path) -> None:
    """As ``save_weights`` of Keras 2: one group a layer at the root."""
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def write_2016(model: Any, path: Path) -> None:
    """As the files of 2016: ``res2a_branch2a/res2a_branch2a_W_1:0``."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [old_name(layer.name).encode() for layer in model.layers]
        for layer in model.layers:
            name = old_name(layer.name)
            group = file.create_group(name)
            parts = [(weight.name, np.asarray(weight)) for weight in layer.weights]
            names = [f"{name}_{OLD_PARTS.get(part, part)}_1:0" for part, _ in parts]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for dataset, (_, numbers) in zip(names, parts, strict=True):
                group[dataset] = numbers


def old_name(name: str) -> str:
    if name in {"conv1_conv", "conv1_bn"}:
        return {"conv1_conv": "conv1", "conv1_bn": "bn_conv1"}[name]
    if name == "predictions":
        return "fc1000"
    if not name.endswith(("_conv", "_bn")):
        return name
    stage, block, branch, kind = name.split("_")
    prefix = {"conv": "res", "bn": "bn"}[kind]
    letter = "abcdef"[int(block.removeprefix("block")) - 1]
    return f"{prefix}{stage[-1]}{letter}_branch{'1' if branch == '0' else '2' + 'abc'[int(branch) - 1]}"


def write_vgg_2016(model: Any, path: Path) -> None:
    """As the files of 2016: the layers' names are today's, their parts are W and b."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            for weight in layer.weights:
                group[f"{layer.name}_{OLD_PARTS[weight.name]}_1:0"] = np.asarray(weight)


def write_without_names(model: Any, path: Path) -> None:
    """As Keras 3.0: the layers are only numbered."""
    model.save_weights(path)
    with h5py.File(path, "r+") as file:
        file.visititems(lambda _, item: item.attrs.pop("name", None) and None)


CASES = (
    ("resnet50", 1000, {"2016": write_2016, "keras2": write_keras2, "keras3": lambda m, p: m.save_weights(p)}),
    ("resnet50", 0, {"whole": lambda m, p: m.save(p), "unnamed": write_without_names}),
    ("vgg16", 10, {"2016": write_vgg_2016}),
    ("vgg16", 0, {"keras2": write_keras2, "keras3": lambda m, p: m.save_weights(p), "unnamed": write_without_names}),
)


def main(folder: Path) -> None:
    """All cases, one model in memory at a time."""
    generator = np.random.default_rng(1)
    x = pictures(generator)
    np.save(folder / "pictures.npy", x)
    networks = {
        "resnet50": (applications.ResNet50, applications.resnet),
        "vgg16": (applications.VGG16, applications.vgg16),
    }
    found, manifest = {}, []
    for name, classes, writers in CASES:
        network, module = networks[name]
        top = {"classes": classes} if classes else {"include_top": False, "input_shape": (224, 224, 3)}
        model = network(weights=None, **top)
        inputs = module.preprocess_input(x.astype(np.float32))
        randomise(model, inputs, generator)
        case = f"{name}-{classes}"
        found[f"{case}/features"], found[f"{case}/output"] = answers(model, name, inputs)
        for layout, write in writers.items():
            path = folder / f"{case}-{layout}.weights.h5"
            write(model, path)
            manifest.append({"file": path.name, "network": name, "classes": classes, "answers": case})
    np.savez(folder / "answers.npz", **found)
    (folder / "manifest.json").write_text(json.dumps(manifest))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Convolutional networks from scratch: written down, built and trained with Keras, converted to ONNX (chapters 7, 8).

What describes a network is plain values and needs no framework: start with ``notation``, ``architecture`` and
``course``. Keras is imported by ``frameworks`` alone, when something is built, trained or converted.
"""

"""Convolutions by hand, and stacks of layers: a kernel on a picture, layer after layer, every number to be seen.

What deep learning calls a convolution is a cross-correlation: the kernel is laid on the picture as it is, not turned
round. `convolve` means that too, and does the mathematicians' with ``flip=True``.

This room knows pictures and arrays. It does not know pretrained networks, labels or files of weights.
"""

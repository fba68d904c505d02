"""What is taught on top of a backbone: softmax regression, chosen, calibrated and with a sense of the unfamiliar."""

from seefood.heads.head import Head, Taught, teach

__all__ = ["Head", "Taught", "teach"]

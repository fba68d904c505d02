"""What is taught on top of a backbone: softmax regression, chosen, calibrated and with a sense of the unfamiliar."""

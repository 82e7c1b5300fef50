"""Networks without their run: what leaves (a zip, ONNX), what comes in (the same, tensors of a pickle)."""

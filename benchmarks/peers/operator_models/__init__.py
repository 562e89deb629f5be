"""Small ONNX models: `supported` ones, `refused` ones, and the `building` of both."""

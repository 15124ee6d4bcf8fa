"""The engine: Tensors that record how they were made, and operations with their derivatives."""

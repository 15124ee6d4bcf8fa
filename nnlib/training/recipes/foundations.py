"""Multilayer perceptrons on handwritten digits."""

from dataclasses import replace

from nnlib.training.recipe import Recipe
from nnlib.training.recipes.ladder import MNIST

FOUNDATIONS = {
    "mlp-digits": Recipe(
        description="the multilayer perceptron on scikit-learn's digits, in seconds",
        task="ImageClassification",
        task_settings={"dataset": "digits", "flatten": True, "val_size": 200},
        model="MLP",
        model_settings={"hidden_sizes": (64,)},
        steps=600,
        batch_size=32,
        lr=3e-3,
        eval_interval=100,
        schedule="cosine",
        target=0.95,
    ),
    "mlp-mnist": replace(
        MNIST,
        description="the multilayer perceptron from NumPy on handwritten digits, on one core",
        model_settings={"hidden_sizes": (400,)},
        backend="scratch",
        steps=2140,  # 10 epochs
        batch_size=256,
        lr=8e-3,
        warmup_steps=50,
        label_smoothing=0.1,
        ema_decay=0.98,
        eval_interval=43,
        target=0.984,
    ),
}

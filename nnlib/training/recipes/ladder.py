"""The ladder of handwritten digits, from the perceptron to an ensemble of deep networks."""

from dataclasses import replace

from nnlib.training.recipe import Recipe

# What the recipes on MNIST share.
MNIST = Recipe(
    description="",
    task="ImageClassification",
    task_settings={"dataset": "mnist", "flatten": True},
    model="MLP",
    steps=1,
    batch_size=100,
    lr=1e-3,
    schedule="cosine",
    threads=1,
)

AUGMENTED = {"dataset": "mnist", "translate": 2, "degrees": 12.0, "scale": 0.1}
# The ladder of handwritten digits: each rung adds one thing to the one before. The targets are what
# Nielsen's "Neural Networks and Deep Learning" (2015, chapter 6) reports at the same rung.
LADDER = {
    "mnist-perceptron": replace(
        MNIST,
        description="one layer that learns from its mistakes alone",
        model_settings={"hidden_sizes": ()},
        backend="scratch",
        loss="perceptron",
        optimizer="SGD",
        schedule="constant",
        lr=1.0,
        batch_size=1,
        steps=275_000,  # 5 epochs
        eval_interval=11_000,
    ),
    "mnist-softmax": replace(
        MNIST,
        description="one layer, and softmax in place of the mistakes",
        model_settings={"hidden_sizes": ()},
        backend="scratch",
        steps=5500,
    ),
    "mnist-mlp": replace(
        MNIST,
        description="one hidden layer of 100 units",
        model_settings={"hidden_sizes": (100,)},
        backend="scratch",
        steps=5500,
        lr=8e-3,
        target=0.9780,
    ),
    "mnist-regularized": replace(
        MNIST,
        description="800 hidden units, dropout, soft labels, averaged parameters",
        model_settings={"hidden_sizes": (800,), "dropout": 0.3},
        backend="scratch",
        steps=4280,  # 20 epochs
        batch_size=256,
        lr=8e-3,
        label_smoothing=0.1,
        ema_decay=0.98,
    ),
    "mnist-cnn": replace(
        MNIST,
        description="three convolutions before the two linear layers, dropout",
        task_settings={"dataset": "mnist"},
        model="ConvNet",
        model_settings={"channels": (24, 48, 96), "dropout": 0.4},
        steps=4400,  # 8 epochs
        lr=2e-3,
        ema_decay=0.99,
        target=0.9923,
    ),
    "mnist-augmented": replace(
        MNIST,
        description="the same on images translated, rotated and scaled a little, for longer",
        task_settings=AUGMENTED,
        model="ConvNet",
        model_settings={"channels": (24, 48, 96), "dropout": 0.4},
        steps=6050,  # 11 epochs
        lr=2e-3,
        ema_decay=0.99,
        target=0.9937,
    ),
    "mnist-normalized": replace(
        MNIST,
        description="two convolutions per pooling, batch normalization; an ensemble of five",
        task_settings=AUGMENTED,
        model="ConvNet",
        model_settings={
            "channels": (16, 32, 64),
            "depth": 2,
            "dropout": 0.3,
            "batch_norm": True,
        },
        steps=7150,  # 13 epochs
        lr=5e-3,
        warmup_steps=300,
        ema_decay=0.99,
        target=0.9960,
        ensemble_size=5,
        ensemble_target=0.9967,
    ),
}

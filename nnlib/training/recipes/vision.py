"""Clothes from Fashion-MNIST, by convolutional and residual networks."""

from nnlib.training.recipe import Recipe

VISION = {
    "cnn-fashion": Recipe(
        description="a convolutional network on Fashion-MNIST",
        task="ImageClassification",
        task_settings={"dataset": "fashion_mnist", "hflip": True},
        model="ConvNet",
        model_settings={"channels": (32, 64, 128), "dropout": 0.2, "batch_norm": True},
        steps=2145,  # 5 epochs
        batch_size=128,
        lr=5e-3,
        schedule="cosine",
        warmup_steps=200,
        ema_decay=0.98,
        eval_interval=195,
        target=0.915,
    ),
    "resnet-fashion": Recipe(
        description="a residual network on Fashion-MNIST",
        task="ImageClassification",
        task_settings={"dataset": "fashion_mnist", "hflip": True},
        model="ResNet",
        model_settings={"depth": 8, "width": 16},
        steps=2000,
        batch_size=128,
        lr=5e-3,
        schedule="cosine",
        warmup_steps=200,
        ema_decay=0.98,
        eval_interval=200,
        target=0.915,
    ),
    "resnet20-fashion": Recipe(
        description="a residual network of 20 layers on Fashion-MNIST, for a GPU",
        task="ImageClassification",
        task_settings={"dataset": "fashion_mnist", "hflip": True, "translate": 2},
        model="ResNet",
        model_settings={"depth": 20, "width": 64},
        steps=17_160,  # 40 epochs
        batch_size=128,
        lr=0.1,
        optimizer="SGD",
        optimizer_settings={"momentum": 0.9, "nesterov": True, "weight_decay": 5e-4},
        schedule="cosine",
        warmup_steps=429,
        label_smoothing=0.1,
        ema_decay=0.999,
        eval_interval=858,
        compile=True,
        target=0.949,
    ),
}

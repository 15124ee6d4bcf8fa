"""Recipes: every setting is checked when a recipe is made, and the error names it."""

import pytest
import torch

from nnlib import pytorch, scratch
from nnlib.training import tasks
from nnlib.training.recipe import override
from nnlib.training.recipes import RECIPES


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("rate=0.1", "expected key=value with a key of .*lr"),
        ("lr", "expected key=value"),
        ("steps=many", "steps must be of type int, got 'many'"),
        ("steps=None", "steps must be of type int, got None"),
        ("patience=often", r"patience must be of type int \| None, got 'often'"),
        ("patience=0", "patience must be 1 or more"),
        ("threads=0", "threads must be from 1 to 1024, got 0"),
        ("threads=100000", "threads must be from 1 to 1024, got 100000"),
        ("min_lr_ratio=-5", "min_lr_ratio must be from 0 to 1, got -5"),
        ("warmup_steps=-1", "warmup_steps must be 0 or more, got -1"),
        ("ensemble_size=-3", "ensemble_size must be 0 or more, got -3"),
        ("ensemble_target=0.5", "ensemble_target needs an ensemble: set ensemble_size"),
        ("lr=1e999", "lr must be above 0 and finite, got inf"),
        (f"lr={10**400}", "lr must be finite"),
        ("lr=nan", "lr must be of type float, got 'nan'"),
        ("task=Sounds", "task must be one of ImageClassification, LanguageModeling"),
        ("metric=bleu", "metric must be one of loss, accuracy, exact_match, mfu, got 'bleu'"),
        ("loss=hinge", "loss must be one of cross_entropy, perceptron, got 'hinge'"),
        ("model_settings.sizes={1, 2}", "model_settings cannot be written as JSON"),
        ("model_settings={[]: 1}", "model_settings must be of type"),
        ("max_grad_norm=-1", "max_grad_norm must be above 0"),
        ("label_smoothing=2", "label_smoothing must be from 0 to below 1, got 2"),
        ("warmup_steps=600", "warmup_steps must be below steps = 600, got 600"),
        ("compile=1", "compile must be of type bool, got 1"),
        ("steps=0", "steps must be 1 or more"),
        ("lr.deep=1", "lr is not a dict"),
        ("backend=jax", "backend must be one of pytorch, scratch, got 'jax'"),
        ("ema_decay=1.0", "ema_decay must be"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        override(RECIPES["mlp-digits"], [setting])


def test_the_perceptron_loss_has_no_label_smoothing():
    with pytest.raises(ValueError, match="set label_smoothing=0"):
        override(RECIPES["mlp-digits"], ["loss=perceptron", "label_smoothing=0.1"])


@pytest.mark.parametrize(("metric", "better"), [("loss", 1), ("accuracy", 3), ("mfu", 1)])
def test_a_metric_knows_which_way_is_better(metric, better):
    recipe = override(RECIPES["mlp-digits"], [f"metric={metric}"])
    assert recipe.is_improvement(2, None)
    assert recipe.is_improvement(better, 2)
    assert not recipe.is_improvement(4 - better, 2)
    assert not recipe.is_improvement(2, 2)


def test_settings_reach_into_dicts():
    recipe = override(
        RECIPES["mlp-digits"], ["lr=1", "model_settings.hidden_sizes=(8, 8)", "patience=3"]
    )
    assert recipe.lr == 1.0
    assert isinstance(recipe.lr, float)
    assert recipe.model_settings == {"hidden_sizes": (8, 8)}
    assert recipe.patience == 3
    both = ["model_settings.hidden_sizes=(8,)", "model_settings.dropout=0.1"]
    recipe = override(RECIPES["mlp-digits"], both)
    assert recipe.model_settings == {"hidden_sizes": (8,), "dropout": 0.1}


def test_settings_have_to_fit_together_and_not_one_by_one():
    recipe = override(RECIPES["transformer-numbers"], ["steps=3", "warmup_steps=1"])
    assert (recipe.steps, recipe.warmup_steps) == (3, 1)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_names_things_that_exist(name):
    recipe = RECIPES[name]
    assert recipe.task in tasks.TASKS
    assert recipe.model in pytorch.models.__all__
    assert recipe.model in scratch.models.__all__
    assert hasattr(torch.optim, recipe.optimizer)
    assert recipe.lr_at(0) > 0
    assert recipe.lr_at(recipe.steps - 1) <= recipe.lr

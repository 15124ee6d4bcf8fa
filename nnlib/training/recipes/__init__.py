"""Every training run of the book, by part: what is trained on what, and what it should reach."""

from nnlib.training.recipe import Recipe
from nnlib.training.recipes.foundations import FOUNDATIONS
from nnlib.training.recipes.ladder import LADDER
from nnlib.training.recipes.transformers import TRANSFORMERS
from nnlib.training.recipes.vision import VISION

__all__ = ["LADDER", "RECIPES"]

RECIPES: dict[str, Recipe] = {**FOUNDATIONS, **LADDER, **VISION, **TRANSFORMERS}

"""What recipes are trained on: a task gives batches, a loss, and the metrics of an evaluation."""

from nnlib.training.checks import build, resolve
from nnlib.training.tasks.image_classification import ImageClassification
from nnlib.training.tasks.language_modeling import (
    LanguageModeling,
    StoryModeling,
    SyntheticTokens,
)
from nnlib.training.tasks.number_translation import NumberTranslation
from nnlib.training.tasks.task import Batch, Classification, Task

__all__ = [
    "TASKS",
    "Batch",
    "Classification",
    "ImageClassification",
    "LanguageModeling",
    "NumberTranslation",
    "StoryModeling",
    "SyntheticTokens",
    "Task",
    "build_task",
]

TASKS: dict[str, type[Task]] = {
    task.__name__: task
    for task in (
        ImageClassification,
        LanguageModeling,
        NumberTranslation,
        StoryModeling,
        SyntheticTokens,
    )
}


def build_task(name: str, settings: dict) -> Task:
    """The task of a recipe.

    Args:
        name: of a class in `TASKS`.
        settings: its keyword arguments.

    Raises:
        ValueError: for an unknown task or a setting that does not fit it.
        OSError: if its data set is neither stored nor to be downloaded.
    """
    return build("task_settings", resolve(TASKS, name, "task"), **settings)

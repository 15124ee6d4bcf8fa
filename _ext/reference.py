"""The reference of nnlib: docstrings as they are in the code, and each layer beside its twin.

Docstrings are plain text with backticks, examples, and lines such as "Shapes: x (N, C) -> (N,)".
This module turns them into reStructuredText, so the code need not be written for Sphinx.
"""

import inspect
import re

from docutils import nodes
from docutils.parsers.rst import Directive

from nnlib import pytorch, scratch

FIELD = re.compile(r"^(Shapes|Parameters|Raises|Returns|Source|Attributes): (?=\S)")
# Code stays as it is: an example, from its first prompt to the next empty line, or a literal.
MARKUP = re.compile(r"(^ *>>> .*?(?=\n *\n|\Z)|``.*?``|`.*?`)|([*|_\\])", re.DOTALL | re.MULTILINE)


def plain_text(app, what, name, obj, options, lines):
    """Escape what reStructuredText would read as markup, and turn labeled lines into fields."""
    escaped = MARKUP.sub(lambda match: match[1] or "\\" + match[2], "\n".join(lines))
    fields = []
    for line in escaped.split("\n"):
        if FIELD.match(line):
            if fields and fields[-1] and not fields[-1].startswith((":", " ")):
                fields.append("")
            line = FIELD.sub(r":\1: ", line)
        fields.append(line)
    lines[:] = fields


def twin_of(name):
    """The PyTorch class that equals a layer, with its arguments."""
    twin = getattr(pytorch.nn, name)
    own = twin.__module__.startswith("torch.")
    signature = inspect.signature(getattr(scratch.nn, name))
    return f"{'torch' if own else 'nnlib.pytorch'}.nn.{name}{signature}"


def source_of(layer):
    """The source of a layer, after that of the differentiable functions of its module it calls."""
    source = inspect.getsource(layer)
    called = [
        inspect.getsource(value)
        for name, value in vars(inspect.getmodule(layer)).items()
        if hasattr(value, "__wrapped__") and re.search(rf"\b{name}\(", source)
    ]
    return "\n\n".join([*called, source]).rstrip()


class Twins(Directive):
    """``{twins}``: the source of every layer of nnlib.scratch.nn, with its PyTorch equivalent."""

    def run(self):
        """One section for each layer, in alphabetical order."""
        sections = []
        for name in sorted(scratch.nn.__all__):
            layer = getattr(scratch.nn, name)
            if not inspect.isclass(layer) or layer in (scratch.nn.Module, scratch.nn.Parameter):
                continue
            section = nodes.section(ids=[f"twin-{name.lower()}"], names=[name])
            section += nodes.title(text=name)
            for caption, code in (
                ("PyTorch", twin_of(name)),
                ("NumPy, from scratch", source_of(layer)),
            ):
                section += nodes.paragraph(text=caption)
                section += nodes.literal_block(code, code, language="python")
            sections.append(section)
        return sections


def setup(app):
    """Connect the above to the build."""
    app.connect("autodoc-process-docstring", plain_text, priority=400)  # before napoleon
    app.add_directive("twins", Twins)
    return {"version": "0.1.0", "parallel_read_safe": True, "parallel_write_safe": True}

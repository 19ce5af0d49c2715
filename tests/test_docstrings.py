"""The examples in the docstrings run, and whatever is public has one."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import mnist_course

MODULES = ["mnist_course"] + [
    f"mnist_course.{module.name}" for module in pkgutil.iter_modules(mnist_course.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # for the files that they write
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_is_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for key, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == name and not key.startswith("_"):
            assert "Returns\n" in value.__doc__ or "Parameters\n" in value.__doc__, key


@pytest.mark.parametrize("name", ["load_mnist", "load_data"])
def test_what_a_reader_calls_has_an_example(name):
    assert ">>>" in getattr(mnist_course, name).__doc__


def test_the_reference_has_each_public_name_under_a_sentence_on_it():
    page = Path(__file__).parent.parent / "chapters" / "api.md"
    sections = re.split("^## ", page.read_text("utf-8"), flags=re.MULTILINE)
    for section in sections[1:]:
        module = importlib.import_module("mnist_course." + section.split("：")[0])
        there = re.findall(r":: mnist_course\.\w+\.(\w+)", section)
        public = {
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", "") == module.__name__ and name[0] != "_"
        }
        said = dict.fromkeys(re.findall(r"`(\w+)`", section))
        assert [name for name in said if name in public] == there, module
        assert set(there) == public
    exec(re.search("```python\n(.*?)```", sections[0], re.DOTALL)[1], {})

"""The examples in the docstrings run, and whatever is public has one."""

import doctest
import importlib
import inspect
import pkgutil

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

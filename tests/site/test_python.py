"""Python in the page: exercises answer as in a notebook, nothing hangs, and the browser keeps it."""

import contextlib
import functools
import gzip
import http.server
import io
import threading

import pytest
from conftest import BOOK, UNDER, Handler

from exercises.source import numbers, read
from extensions.python_in_page import lacks

PAGE = "chapters/01-loading.html"
IMPORT = """const { run, stop } = await import(
  new URL(`${document.documentElement.dataset.content_root}_static/python/python.js`, location));"""
RUN = f"""async (cells) => {{ {IMPORT}
  const loads = [], told = [];
  const onLoad = (bytes, total) => loads.push([bytes, total]);
  const {{ status, text }} = await run(cells, {{ onLoad, onOutput: (more) => told.push(more) }});
  return {{ status, text, loads, told: told.join("") }};
}}"""
RUN_ALL = f"""async (all) => {{ {IMPORT}
  return Promise.all(all.map(async (cells) => (await run(cells)).text));
}}"""
EXERCISES = [next(e for e in read(path)[1] if e.number == n) for n, path in numbers().items()]
LACKING = {each.number: lacks(each, numbers()[each.number]) for each in EXERCISES}
ANSWERED = [each for each in EXERCISES if not LACKING[each.number]]


@pytest.fixture
def open_page(new_page, site):
    """Open a page in which all may take its time; it reaches this machine only."""
    pages = []

    def open_page(script="", name=PAGE):
        pages.append(new_page())
        pages[-1].set_default_timeout(120_000)
        pages[-1].add_init_script(script)
        pages[-1].goto(f"{site}/{name}")
        return pages[-1]

    yield open_page
    for page in pages:
        assert not [url for url in page.foreign if not url.startswith("blob:")]


def cells(exercise, code):
    """Return what a reader runs: the cell at the exercises' beginning, and the exercise's own."""
    return [exercise.setup, f"{code}\n\n\ncheck({exercise.number!r}, {exercise.name})"]


def in_a_notebook(sources):
    """Return what cells print here."""
    names, said = {"__name__": "__main__"}, io.StringIO()
    with contextlib.redirect_stdout(said):
        for source in sources:
            exec(source, names)
    return said.getvalue()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("part", range(3))
def test_each_exercise_says_of_each_answer_what_it_says_in_a_notebook(open_page, part):
    sources = [
        cells(exercise, code)
        for exercise in ANSWERED[part::3]
        for code in [exercise.gap, exercise.solution, *(code for _, code in exercise.wrong)]
    ]
    found = open_page().evaluate(RUN_ALL, sources)
    for source, text in zip(sources, found, strict=True):
        assert text == in_a_notebook(source), source[1]


def test_only_exercises_that_a_page_cannot_answer_are_left_out(open_page):
    page = open_page()
    for exercise in EXERCISES:
        if LACKING[exercise.number]:
            said = page.evaluate(RUN_ALL, [cells(exercise, code) for _, code in exercise.wrong])
            hints = [hint for hint, _ in exercise.wrong]
            assert not all(map(str.__contains__, said, hints)), exercise.number

# make serve   build the book and show it on this machine    (PORT=8000)
# make test    run every chapter against its stored outputs, and all tests
# make test-site  test the built book in Chromium
# make book    build the book, warnings being errors
# make pdf     print the built book into _build/book.pdf with Chromium
# make along   put the course as a ZIP file, and that PDF, into the built book, which links to them
# make links   try each link to another site (needs the internet)
# make chapters  run all chapters and store their outputs
# make exercises  put exercises/*.md into the chapters, and run those
# make lab     open the chapters in JupyterLab: python start.py
# make bench   measure the data path beside its peers, in an environment of its own  (BENCH=--quick)
# make mutants  put a hundred small faults in, one at a time, and show those that no test finds
# make exercise-mutants  change each solution by rule, and show what is told right
# make lint    ruff, and zizmor for .github
# make lock    renew requirements.lock, binder/ and work/aistudio.txt from pyproject.toml
# Each makes .venv from requirements.lock first, if that is not done yet; lab, with less in it.

.PHONY: serve test test-site chromium book pdf along zip links chapters exercises exercise-mutants lab bench mutants lint lock
.DEFAULT_GOAL := serve

PORT ?= 8000
# The first of these that is Python 3.11 to 3.13 is taken.
PYTHON ?= python3 python3.13 python3.12 python3.11
IN_RANGE = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
SUITABLE = $(shell for p in $(PYTHON); do "$$p" -c '$(IN_RANGE)' 2>/dev/null && echo "$$p" && break; done)
NEEDED = Python 3.11, 3.12 or 3.13 is needed and "$(PYTHON)" is none: install one, or name it with make PYTHON=...

# What Python has compiled is kept, also where a machine forbids it: without, each of some hundred
# processes takes three times as long to import Paddle.
unexport PYTHONDONTWRITEBYTECODE

# Processes that share the tests: more than the cores of CI, for some tests wait. Each takes the next
# test when it is done with one; the longest come first.
AT_ONCE = --dist load --maxschedchunk 1 -n

READY = .venv/.ready
BIN = .venv/bin/python -m
# uv does the same four times as fast, but knows of pip's configuration only the index it is told.
PIP = $(BIN) pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r

$(READY): requirements.lock
	$(if $(SUITABLE),,$(error $(NEEDED)))
	@echo "Making .venv from requirements.lock: half a minute or more, just once ..."
	@$(SUITABLE) -m venv --clear .venv
	@sed -n '/^uv==/,/# via/p' requirements.lock > .venv/uv.txt
	@$(PIP) .venv/uv.txt
	@UV_DEFAULT_INDEX=$${PIP_INDEX_URL:-$$($(BIN) pip config get global.index-url 2>/dev/null)} \
		.venv/bin/uv pip install --quiet --python .venv --require-hashes -r requirements.lock || $(PIP) requirements.lock
	@cp binder/requirements.txt .venv/installed.txt  # start.py: all that a reader needs is there
	@touch $(READY)

# Names with a dot: no folder, which Python changes when it keeps in it what it compiled.
PAGES = index.md _config.yml _toc.yml work/mnist.json.gz $(wildcard chapters/*.ipynb chapters/*.md img/*.* \
	mnist_course/*.* exercises/*.* extensions/*.* extensions/python/*.* extensions/templates/*.* \
	extensions/templates/*/*.* extensions/locale/*/*/*.po)
BOOK = _build/.ready

$(BOOK): $(READY) $(PAGES)
	@rm -rf _build/html
	@.venv/bin/jupyter-book build . --all --quiet -W --keep-going -n
	@touch $(BOOK)

book: $(BOOK)

serve: $(BOOK)
	@.venv/bin/python tools/serve.py _build/html $(PORT)

test: $(READY)
	$(BIN) pytest --nbval chapters/ tools/template.ipynb -n 4 --dist loadscope --nbval-cell-timeout 300
	$(BIN) pytest tests/ --ignore=tests/site $(AT_ONCE) 4

# Two measure times: each by itself, when all else is done; Lighthouse one page at a time, for it tries
# a page again that was slow.
test-site: chromium $(BOOK) tests/site/node_modules/.package-lock.json
	$(BIN) pytest tests/site --ignore=tests/site/test_simulate.py --ignore=tests/site/test_lighthouse.py $(AT_ONCE) 3
	$(BIN) pytest tests/site/test_simulate.py $(AT_ONCE) 3
	$(BIN) pytest tests/site/test_lighthouse.py

tests/site/node_modules/.package-lock.json: tests/site/package-lock.json
	@command -v npm >/dev/null || { echo "npm is needed: apt-get install npm"; exit 1; }
	@npm ci --prefix tests/site --silent

pdf: chromium $(BOOK)
	@.venv/bin/python tools/print_book.py _build/book.pdf

# The links are there in a book built with BOOK_URL. What is not committed is not in the ZIP file.
along: pdf zip
	@cp _build/book.pdf _build/html/mnist-course.pdf

ZIP = _build/html/mnist-course.zip
zip:
	@git archive --prefix=mnist-course/ --output=$(ZIP) HEAD

links: $(READY)
	@.venv/bin/jupyter-book build . --builder linkcheck

chromium:
	@test -x /usr/bin/chromium || { echo "/usr/bin/chromium is needed: apt-get install chromium"; exit 1; }

chapters: $(READY)
	@.venv/bin/python tools/run_chapters.py

exercises: $(READY)
	@.venv/bin/python tools/fill_exercises.py
	@.venv/bin/python tools/run_chapters.py $(patsubst exercises/%.md,chapters/%.ipynb,$(wildcard exercises/*.md))

lab:
	$(if $(SUITABLE),,$(error $(NEEDED)))
	@$(SUITABLE) start.py

benchmarks/.venv/.ready: benchmarks/requirements.txt
	@$(SUITABLE) -m venv --clear benchmarks/.venv
	@benchmarks/.venv/bin/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

bench: benchmarks/.venv/.ready
	@benchmarks/.venv/bin/python benchmarks/bench.py $(BENCH)

mutants: $(READY)
	@.venv/bin/python tools/mutants.py

exercise-mutants: $(READY)
	@.venv/bin/python tools/exercise_mutants.py

lint: $(READY)
	$(BIN) ruff check
	$(BIN) ruff format --check
	@.venv/bin/zizmor --offline --quiet --persona pedantic .github/workflows

# With extras: pip before 23.3 would take only the newest version of what is asked for with one.
lock: $(READY)
	$(BIN) uv pip compile --quiet --universal --python-version 3.10 --no-strip-extras --generate-hashes \
		--group reader --group dev pyproject.toml --output-file requirements.lock
	$(BIN) uv pip compile --quiet --universal --python-version 3.11 --no-strip-extras --generate-hashes \
		--constraint requirements.lock --group reader pyproject.toml --output-file binder/requirements.txt
	sed -n '/^pysimdjson==/,/# via/p' requirements.lock > work/aistudio.txt

# Everything happens in .venv, which is created on first use. Start with `make train` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
RUNS ?= runs

.PHONY: train test test-cuda cuda-kernels test-gpu bench-gpu gpu-environment fuzz lint wheel-test test-plugins fashion \
    bench bench-quick bench-tables bench-tables-quick bench-check bench-compare dashboard clean

train: .venv/installed
	$(BIN)/fastnn train digits --hidden 128 --epochs 30 --seed 0

test: .venv/installed-dev lint
	$(BIN)/python -m pytest

# Compile the CUDA kernels and execute them in the emulator: no GPU is needed, but about 1 GB of packages.
test-cuda: .venv-cuda/installed
	.venv-cuda/bin/python -m pytest tests/cuda tests/testing --nothing-skipped --numprocesses auto --dist worksteal

# Write docs/cuda-kernels.md: registers, memory and instructions of every CUDA kernel. No GPU is needed.
cuda-kernels: .venv-cuda/installed
	PYTHONPATH=.:tests .venv-cuda/bin/python tests/cuda/kernels_document.py docs/cuda-kernels.md

# The tests of CUDA and the comparison with PyTorch and JAX on an NVIDIA GPU (docs/gpu.md): these need no network if
# `make gpu-environment` has filled gpu-wheels/ before, on a machine that has one.
GPU_PYTHON ?= .venv-gpu/bin/python
GPU_VERSION ?= $(shell $(PYTHON) -c 'import platform; print(platform.python_version())')
test-gpu: $(if $(findstring .venv-gpu,$(GPU_PYTHON)),.venv-gpu/installed)
	PYTHONPATH=.:gpu-site $(GPU_PYTHON) -m pytest tests/cuda --cuda=driver

bench-gpu: $(if $(findstring .venv-gpu,$(GPU_PYTHON)),.venv-gpu/installed)
	PYTHONPATH=.:gpu-site $(GPU_PYTHON) -m asv_bench.peers.gpu

gpu-environment:
	rm -rf gpu-wheels
	$(PYTHON) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir gpu-wheels .
	$(PYTHON) -m pip download --quiet --disable-pip-version-check --dest gpu-wheels --only-binary=:all: \
	    --python-version $(GPU_VERSION) "$$(echo gpu-wheels/fastnn-*.whl)[cuda]" pytest hypothesis

.venv-gpu/installed: pyproject.toml
	$(PYTHON) -m venv .venv-gpu
	.venv-gpu/bin/python -m pip install --quiet --disable-pip-version-check --no-index --find-links gpu-wheels \
	    'fastnn[cuda]' pytest hypothesis
	touch $@

# Run the Hypothesis tests with new random examples, fifty times as many. A failure says how to repeat it.
fuzz: .venv/installed-dev
	$(BIN)/python -m pytest -m hypothesis --hypothesis-profile=fuzz

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Build the wheel, install it in a separate environment outside the checkout, and train there.
wheel-test: .venv/installed-dev
	$(BIN)/python tests/wheel/try_wheel.py

# Build the wheel, install it with the packages in plugins/ in an environment of their own, and run their tests there.
test-plugins:
	$(PYTHON) tests/wheel/try_plugins.py

# Train on Fashion-MNIST with one command, and check the accuracy on its test images. The data are a Debian package.
fashion: .venv/installed-dev
	test -d /usr/share/datasets/fashion-mnist || { apt-get update -qq && apt-get install -y -qq dataset-fashion-mnist; }
	$(BIN)/python tests/fashion/try_fashion.py

# Compare fastnn with NumPy, JAX, PyTorch and scikit-learn in one run, in a separate environment (asv_bench/PEERS.md).
bench: .venv-peers/installed
	.venv-peers/bin/python -m asv_bench.peers

# The same in less than a minute, printed only. Before the first `make bench`, only with the peers that the tests use.
QUICK := $(if $(wildcard .venv-peers/installed),.venv-peers,.venv)
bench-quick: $(if $(wildcard .venv-peers/installed),.venv-peers/installed,.venv/installed-dev)
	$(QUICK)/bin/python -m asv_bench.peers --quick

# Follow fastnn through its history with asv (docs/benchmarks.md). RANGE= commits to measure, PUBLISH_ONLY=1 none;
# FULL=1 all benchmarks; MACHINE= the name of another machine than the one of the results; SERVE=8080 shows the page.
MACHINE ?= reference
RANGE ?= main~5..main
dashboard: .venv/installed-dev
	$(BIN)/python -m asv_bench.dashboard --range '$(RANGE)' --machine '$(MACHINE)' \
	    $(if $(FULL),--full) $(if $(PUBLISH_ONLY),--publish-only) $(if $(SERVE),--serve $(SERVE))

# Is this checkout slower than the commit BASE? Exit code 1 if it is. BENCH= a regular expression, FULL=1 all.
BASE ?= main
bench-compare: .venv/installed-dev
	$(BIN)/python -m asv_bench.compare --base '$(BASE)' $(if $(FULL),--full) $(if $(BENCH),--bench "$$BENCH")

# Run each quick benchmark of the suite once.
bench-check: .venv/installed-dev
	$(BIN)/python -m asv_bench.check

.venv-peers/installed: pyproject.toml
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[peers]'
	touch $@

# Compare fastnn with scikit-learn on real tables, in a separate environment that contains them (asv_bench/TABLES.md).
bench-tables: .venv-tables/installed
	.venv-tables/bin/python -m asv_bench.tables

# Three small tables, one split, printed only: less than a minute.
bench-tables-quick: .venv-tables/installed
	.venv-tables/bin/python -m asv_bench.tables --quick

.venv-tables/installed: pyproject.toml
	$(PYTHON) -m venv .venv-tables
	.venv-tables/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[tables]'
	touch $@

.venv-cuda/installed: pyproject.toml
	$(PYTHON) -m venv .venv-cuda
	.venv-cuda/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,cuda,cuda-lint]'
	touch $@

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/installed-dev: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ .venv/installed

clean:
	rm -rf .venv .venv-peers .venv-tables .venv-cuda .venv-gpu .venv-plugins gpu-wheels gpu-site build dist *.egg-info \
	    asv_bench/.asv .pytest_cache .mypy_cache .ruff_cache .hypothesis

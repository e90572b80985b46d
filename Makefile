# Everything happens in .venv, which is made on first use. `make train` and `make test` are all that one needs.
PYTHON ?= python3
BIN := .venv/bin
RUNS ?= runs

.PHONY: train test fuzz lint wheel-test fashion bench bench-quick clean

train: .venv/installed
	$(BIN)/fastnn train digits --hidden 128 --epochs 30 --seed 0

test: .venv/installed-dev lint
	$(BIN)/python -m pytest

# The tests by Hypothesis with other examples each time, and fifty times as many; a failure says how to repeat it.
fuzz: .venv/installed-dev
	$(BIN)/python -m pytest -m hypothesis --hypothesis-profile=fuzz

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# A built wheel, in an environment of its own and outside the checkout, trains.
wheel-test: .venv/installed-dev
	$(BIN)/python tests/wheel/try_wheel.py

# Fashion-MNIST by one command reaches what it should on its own test images. The data are a Debian package.
fashion: .venv/installed-dev
	test -d /usr/share/datasets/fashion-mnist || { apt-get update -qq && apt-get install -y -qq dataset-fashion-mnist; }
	$(BIN)/python tests/fashion/try_fashion.py

# fastnn against NumPy, JAX, PyTorch and scikit-learn, in one run and an environment of its own: asv_bench/PEERS.md.
bench: .venv-peers/installed
	.venv-peers/bin/python -m asv_bench.peers

# Under a minute, and printed only. Where `make bench` has not been run: with those peers that the tests need.
QUICK := $(if $(wildcard .venv-peers/installed),.venv-peers,.venv)
bench-quick: $(if $(wildcard .venv-peers/installed),.venv-peers/installed,.venv/installed-dev)
	$(QUICK)/bin/python -m asv_bench.peers --quick

.venv-peers/installed: pyproject.toml
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[peers]'
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
	rm -rf .venv .venv-peers build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

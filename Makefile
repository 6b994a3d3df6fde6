# Python 3.11 or newer with its venv module is all that is needed; every target sets itself up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-full gallery index check bench accuracy bench-study exhaustive clean

demo: $(VENV)/study  ## compare four activations by training on handwritten digits
	$(BIN)/nonlin compare relu tanh sigmoid elu --data digits --epochs 20 --seeds 5 -o nonlin-study

test: check  ## lint, types and the whole suite
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not exhaustive"

check: $(VENV)/dev  ## lint and types
	$(BIN)/ruff check src tests benchmarks examples tools
	$(BIN)/ruff format --check src tests benchmarks examples tools
	$(BIN)/mypy

bench: $(VENV)/dev  ## the speed of activations, nonlin beside its peers: docs/speed.md
	$(BIN)/python benchmarks/kernels.py --write docs
	$(BIN)/python benchmarks/modules.py

accuracy: $(VENV)/dev  ## their errors, nonlin beside its peers: docs/accuracy.md
	$(BIN)/python benchmarks/accuracy.py --write docs

bench-study: $(VENV)/dev  ## nonlin against Keras and PyTorch, on MNIST and CIFAR-10
	$(BIN)/python benchmarks/mnist_vs_keras.py --data-dir $(or $(DATA),data)
	$(BIN)/python benchmarks/cifar10_cnn.py --data-dir $(or $(DATA),data)

test-full: check  ## the whole contract on every entry of the catalogue (an hour or two)
	NONLIN_TESTS=full $(BIN)/python -m pytest -n 2 --dist loadfile -m "not exhaustive"

gallery: $(VENV)/dev  ## pictures of all entries: a sheet for each family and a poster, in gallery/
	$(BIN)/python tools/gallery.py gallery

index: $(VENV)/dev  ## the generated index of the catalogue, after an entry was added or changed
	$(BIN)/python tools/index.py

exhaustive: $(VENV)/dev  ## all inputs: 65,536 of the 16-bit types, 2^32 of float32 (hours; goes on where it was stopped)
	$(BIN)/python -m pytest -m exhaustive
	$(BIN)/python tools/exhaustive.py

clean:
	rm -rf $(VENV)

$(VENV)/study: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[study]'
	touch $@

$(VENV)/dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/study

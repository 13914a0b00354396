# Two commands: `make demo` shows what it does, `make test` runs all tests. Both install what is missing first.
.PHONY: demo test lint format bench bench-torch micro benchmarks dependencies

# A directory of its own for every demonstration.
run = runs/digits-$(shell date +%Y%m%d-%H%M%S)-$$$$

demo: dependencies
	swift build -c release --product digits
	swift build -c release --product inspect
	@run=$(run); set -x; swift run -c release --skip-build digits "$$run" && swift run -c release --skip-build inspect "$$run"

test: dependencies
	swift test

lint:
	swift format lint --strict --recursive Sources Tests Package.swift $(wildcard samples Plugins Benchmarks)

format:
	swift format --in-place --recursive Sources Tests Package.swift $(wildcard samples Plugins Benchmarks)

# Measurements, see Benchmarks/README.md. Need Python with numpy, scipy and h5py, or torch and curvlinops-for-pytorch.
PYTHON ?= python3

bench: benchmarks
	$(PYTHON) Benchmarks/scripts/bench.py $(FLAGS)

bench-torch: benchmarks
	$(PYTHON) Benchmarks/scripts/bench_torch.py $(FLAGS)

micro: benchmarks
	.build-bench/release/Micro $(FLAGS)

benchmarks: dependencies
	swift build -c release --product inspect
	swift build -c release --package-path Benchmarks --scratch-path .build-bench

dependencies:
	@sh scripts/install-dependencies.sh

# Two commands: `make demo` shows what it does, `make test` runs all tests. Both install what is missing first.
.PHONY: demo test soak fuzz sanitize lint format bench bench-torch micro benchmarks dependencies

# A directory of its own for every demonstration.
run = runs/digits-$(shell date +%Y%m%d-%H%M%S)-$$$$

demo: dependencies
	swift build -c release --product digits
	swift build -c release --product inspect
	@run=$(run); set -x; swift run -c release --skip-build digits "$$run" && swift run -c release --skip-build inspect "$$run"

test: dependencies
	swift test

# inspect with the trait MPI, and its tests: `mpirun -n 8 .build-mpi/release/inspect runs/digits`.
.PHONY: mpi test-mpi
mpi: dependencies
	sh scripts/install-dependencies.sh mpi
	swift build -c release --traits MPI --product inspect --scratch-path .build-mpi

test-mpi: dependencies
	sh scripts/install-dependencies.sh mpi
	swift test --traits MPI --scratch-path .build-mpi --filter 'InspectTests.RanksTests'

# One archive with inspect and its libraries, for machines without Swift.
.PHONY: dist
dist: dependencies
	sh scripts/make-dist.sh

# The Python package, as it is installed.
.PHONY: test-python
test-python:
	sh scripts/test-python.sh

# `swift package inspect`, here and in a package that depends on this one.
.PHONY: test-plugin
test-plugin: dependencies
	sh scripts/test-plugin.sh

# Files and processes under faults, the long form: a thousand kills, and of ranks a thousand and one at every boundary between
# two calls (strace), every boundary of 90 checkpoints, 40 full disks, a hundred readers. SECURITY.md lists them.
soak: dependencies
	SOAK=1 swift test --filter 'CrashTests|FaultTests|ShardKillTests'

# Layouts of tensors and numbers of every magnitude drawn at random, mutants of good files through the built command, then
# coverage-guided fuzzing.
fuzz: dependencies
	LAYOUTS=$(or $(LAYOUTS),3000) VALUES=$(or $(VALUES),20000) swift test --filter 'TensorLayoutTests|ValueRangeTests'
	MUTANTS=$(or $(MUTANTS),10000) swift test --filter MutantTests
	sh scripts/fuzz.sh $(SECONDS_EACH)

# The tests under the address sanitizer, then under the thread sanitizer.
sanitize: dependencies
	LSAN_OPTIONS=suppressions=$(CURDIR)/scripts/leaks.supp:print_suppressions=0 \
	  swift test --sanitize=address --scratch-path .build-address
	TSAN_OPTIONS=suppressions=$(CURDIR)/scripts/races.supp:print_suppressions=0 \
	  swift test --sanitize=thread --scratch-path .build-thread

lint:
	swift format lint --strict --recursive Sources Tests Package.swift $(wildcard samples Plugins Benchmarks)

format:
	swift format --in-place --recursive Sources Tests Package.swift $(wildcard samples Plugins Benchmarks)

# The documentation, from the catalogue and the doc comments; fails on a warning.
.PHONY: docs
docs: dependencies
	sh scripts/build-documentation.sh

# docs/study/again.md from nothing: trains, compares, writes tables and figures. Needs Python with numpy, half an hour on
# two cores; goes on where it was.
.PHONY: again
again: dependencies
	swift build -c release --product families
	swift build -c release --product inspect
	swift run -c release --skip-build families runs/families
	$(PYTHON) samples/families/table.py runs/families docs/study > runs/families/again-tables.md
	mv runs/families/again-tables.md docs/study/again-tables.md

# Measurements, see Benchmarks/README.md. Need Python with numpy, scipy and h5py, or torch and curvlinops-for-pytorch.
PYTHON ?= python3

bench: benchmarks
	$(PYTHON) Benchmarks/scripts/bench.py $(FLAGS)

# Needs xxhash too.
.PHONY: bench-ranks
bench-ranks: mpi
	swift build -c release --product inspect
	$(PYTHON) Benchmarks/scripts/bench_ranks.py $(FLAGS)

bench-torch: benchmarks
	$(PYTHON) Benchmarks/scripts/bench_torch.py $(FLAGS)

micro: benchmarks
	.build-bench/release/Micro $(FLAGS)

benchmarks: dependencies
	swift build -c release --product inspect
	swift build -c release --package-path Benchmarks --scratch-path .build-bench

dependencies:
	@sh scripts/install-dependencies.sh

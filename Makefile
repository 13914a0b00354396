# Two commands: `make demo` shows what it does, `make test` runs all tests. Both install what is missing first.
.PHONY: test lint format dependencies

test: dependencies
	swift test

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

format:
	swift format --in-place --recursive Sources Tests Package.swift

dependencies:
	@sh scripts/install-dependencies.sh

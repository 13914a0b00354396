#!/bin/sh
# Builds the documentation from the catalogue and the doc comments of GradientProbe; fails on a warning.
set -eu
sources=Sources/GradientProbe/GradientProbe.docc
output=.build/documentation
swift build --target GradientProbe
modules=$(swift build --show-bin-path)/Modules
symbols=$(mktemp -d)
trap 'rm -rf "$symbols"' EXIT
target=$(swift -print-target-info | sed -n 's/^ *"unversionedTriple": "\(.*\)",*$/\1/p')
swift symbolgraph-extract -module-name GradientProbe -target "$target" -I "$modules" \
  -I Sources/CHDF5 -I Sources/CSystem -I Sources/CXXHash $(pkg-config --cflags-only-I hdf5 libxxhash) \
  -minimum-access-level public -skip-synthesized-members -output-dir "$symbols"
docc convert "$sources" --additional-symbol-graph-dir "$symbols" --fallback-display-name GradientProbe \
  --fallback-bundle-identifier GradientProbe --warnings-as-errors --output-path "$output"
echo "documentation in $output"

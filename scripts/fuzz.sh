#!/bin/sh
# Coverage-guided fuzzing with the libFuzzer of the Swift toolchain: the description parser, then the checkpoint reader.
#   sh scripts/fuzz.sh [SECONDS for each]
set -eu
seconds=${1:-60}
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")
library=$(find "$toolchain" -name "libclang_rt.fuzzer_no_main-$(uname -m).a" | head -n 1)
if [ -z "$library" ]; then
  echo "This toolchain has no libFuzzer; skipping the coverage-guided part."
  exit 0
fi
swift build --product fuzz-reader --scratch-path .build-fuzz -Xswiftc -DFUZZER -Xswiftc -sanitize=address \
  -Xswiftc -sanitize-coverage=edge,inline-8bit-counters,pc-table -Xlinker "$library" -Xlinker -lstdc++
reader=.build-fuzz/debug/fuzz-reader
seeds=.build-fuzz/seeds
"$reader" --seeds "$seeds"
echo "Descriptions, $seconds s"
mkdir -p .build-fuzz/descriptions .build-fuzz/files .build-fuzz/crashes
FUZZ=description "$reader" -max_total_time="$seconds" -max_len=16384 -timeout=10 -print_final_stats=1 \
  -artifact_prefix=.build-fuzz/crashes/ .build-fuzz/descriptions "$seeds/descriptions"
# HDF5 itself crashes on some files, which is why `inspect` reads in a process of its own; here such inputs are kept in
# .build-fuzz/crashes and do not stop the run. What HDF5 does not give back of a damaged file is no finding.
echo "Files, $seconds s"
ASAN_OPTIONS=detect_leaks=0 FUZZ=file "$reader" -detect_leaks=0 -fork=1 -ignore_crashes=1 -ignore_timeouts=1 \
  -max_total_time="$seconds" -max_len=300000 -timeout=10 -rss_limit_mb=2048 -artifact_prefix=.build-fuzz/crashes/ .build-fuzz/files "$seeds/files"

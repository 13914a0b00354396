#!/bin/sh
# `swift package inspect` in this package, and in another that depends on it: what it prints and how it ends. Builds the optimised
# tool in both, which takes minutes.
set -eu
root=$(pwd)
file=$root/Tests/InspectTests/Fixtures/plain.h5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "$1" >&2; exit 1; }

mkdir -p "$folder/user/Sources/user"
echo 'print("hello")' > "$folder/user/Sources/user/main.swift"
# Under another name than the folder's.
cat > "$folder/user/Package.swift" <<END
// swift-tools-version: 6.2
import PackageDescription
let package = Package(
  name: "user", dependencies: [.package(path: "$root")],
  targets: [.executableTarget(name: "user")])
END

for package in "$root" "$folder/user"; do
  cd "$package"
  rm -rf .build/plugins/InspectCommand/outputs
  swift package inspect "$file" > "$folder/first" 2> "$folder/first.errors"
  swift package inspect "$file" > "$folder/second" 2> "$folder/second.errors"
  "$(swift build -c release --show-bin-path)/inspect" "$file" > "$folder/direct" 2> /dev/null
  cmp "$folder/first" "$folder/direct" || fail "$package: another output than the tool's"
  cmp "$folder/second" "$folder/direct" || fail "$package: another output than the tool's, on the second use"
  grep -q 'building inspect' "$folder/first.errors" || fail "$package: the first use does not say that it builds"
  ! grep -q 'building inspect' "$folder/second.errors" || fail "$package: the second use says that it builds"

  # Through pipes, as to a terminal, the tool has SwiftPM's own streams: its errors are errors.
  swift package inspect nothing.h5 2> /dev/null | cat > "$folder/output"
  [ ! -s "$folder/output" ] || fail "$package: errors on standard output"
  (swift package inspect nothing.h5 2>&1 > /dev/null || echo "status $?") | cat > "$folder/errors"
  grep -q '^nothing.h5: ' "$folder/errors" || fail "$package: no error"
  grep -q '^status 1' "$folder/errors" || fail "$package: a failure that ends with 0"
done

# The signal of Ctrl-C ends the tool too.
mkdir "$folder/run"
cp "$file" "$folder/run/step-00000000.h5"
cd "$root"
timeout 60 python3 - "$folder/run" <<'END'
import os, signal, subprocess, sys, time
process = subprocess.Popen(["swift", "package", "inspect", "watch", sys.argv[1]], stdout=subprocess.PIPE,
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
os.read(process.stdout.fileno(), 1)  # the tool is there
process.send_signal(signal.SIGINT)
process.wait(20)
# The pipe closes when nobody is left who holds it.
process.stdout.read()
END
echo "the plugin is as it should be"

#!/bin/sh
# One archive with `inspect` and the libraries that it needs beside it, found relative to itself: unpack, run, on any Linux of this
# processor whose glibc is no older. Needs patchelf. `inspect` is built with Swift's own libraries in it.
set -eu
cd "$(dirname "$0")/.."
for tool in patchelf strip ldd; do
  command -v $tool >/dev/null 2>&1 || { echo "$tool is needed: apt-get install patchelf binutils" >&2; exit 1; }
done
scratch=.build-dist
swift build -c release --static-swift-stdlib --product inspect --scratch-path $scratch
version=$($scratch/release/inspect --version | sed 's/^inspect \([0-9.]*\).*/\1/')
name=gradient-probe-$version-linux-$(uname -m)
folder=$scratch/$name
rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/lib" "$folder/licenses"
cp $scratch/release/inspect "$folder/bin/inspect"
strip "$folder/bin/inspect"

# All that is loaded but glibc, which belongs to the system, and OpenBLAS, which is opened when it is first called.
openblas=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | sed -n 's/.*libopenblas\.so\.0 .*=> //p' | head -n 1)
[ -n "$openblas" ] || { echo "libopenblas.so.0 is not installed" >&2; exit 1; }
cp -L "$openblas" "$folder/lib/libopenblas.so.0"
for library in $(ldd "$folder/bin/inspect" "$openblas" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u); do
  case $(basename "$library") in
    libc.so.* | libm.so.* | libdl.so.* | libpthread.so.* | librt.so.* | libresolv.so.* | ld-linux*) ;;
    *) cp -L "$library" "$folder/lib/$(basename "$library")" ;;
  esac
done
# Nothing is looked for anywhere else, not even where a variable says.
patchelf --force-rpath --set-rpath '$ORIGIN/../lib' "$folder/bin/inspect"
for library in "$folder"/lib/*; do patchelf --force-rpath --set-rpath '$ORIGIN' "$library"; done

cp LICENSE "$folder/licenses/GradientProbe"
# What is linked in: packages, and Swift's libraries.
for checkout in $scratch/checkouts/*; do
  for text in "$checkout"/LICENSE*; do [ -f "$text" ] && cp "$text" "$folder/licenses/$(basename "$checkout")"; done
done
swift=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")/share/swift/LICENSE.txt
[ -f "$swift" ] && cp "$swift" "$folder/licenses/swift"
if command -v dpkg >/dev/null 2>&1; then
  for library in $(ldd $scratch/release/inspect "$openblas" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u) "$openblas"; do
    package=$(dpkg -S "$(readlink -f "$library")" 2>/dev/null | head -n 1 | cut -d: -f1) || continue
    [ -f "/usr/share/doc/$package/copyright" ] && cp "/usr/share/doc/$package/copyright" "$folder/licenses/$package"
  done
fi
cat >"$folder/README" <<END
inspect $version for Linux $(uname -m), of GradientProbe: bin/inspect --help.
lib holds the libraries that it was built with (HDF5, OpenBLAS, xxHash, OpenSSL and what these need), licenses what they are under.
It needs glibc $(ldd --version | sed -n '1s/.* //p') or later.
END
tar -C $scratch -czf "$scratch/$name.tar.gz" "$name"
echo "$scratch/$name.tar.gz: $(du -h "$scratch/$name.tar.gz" | cut -f1), unpacked $(du -sh "$folder" | cut -f1)"

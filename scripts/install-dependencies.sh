#!/bin/sh
# Installs the system libraries that are missing: HDF5, xxHash, OpenSSL, OpenBLAS and pkg-config; with the argument mpi Open
# MPI. Says so first, never asks.
set -eu
if [ "${1:-}" = mpi ]; then
  if command -v mpirun >/dev/null 2>&1 && pkg-config --exists ompi-c; then exit 0; fi
  formulae="open-mpi"
  packages="libopenmpi-dev openmpi-bin"
else
  if command -v pkg-config >/dev/null 2>&1 && pkg-config --exists hdf5 libxxhash libcrypto && { [ "$(uname)" = Darwin ] || PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -q 'libopenblas\.so\.0'; }; then
    exit 0
  fi
  formulae="hdf5 xxhash pkgconf"
  packages="libhdf5-dev libxxhash-dev libssl-dev libopenblas0 pkg-config"
fi
if [ "$(uname)" = Darwin ]; then
  echo "Installing with Homebrew: $formulae"
  exec brew install $formulae
fi
if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
echo "Installing with apt-get: $packages"
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $packages </dev/null

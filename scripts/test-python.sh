#!/bin/sh
# Tests samples/python: the package is installed as users install it, into .build-python, and PyTorch, JAX and the trainers that it has
# callbacks for where they can be had within five minutes each. Says what is left out.
set -eu
python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null 2>&1 || ! "$python" -m pip --version >/dev/null 2>&1; then
  echo "Python with pip is not here: the tests of samples/python are left out"
  exit 0
fi
if ! "$python" -m pip install -q --disable-pip-version-check --upgrade --target .build-python "./samples/python[load,shards]"; then
  echo "numpy, h5py, xarray and xxhash can't be installed: the tests of samples/python are left out"
  exit 0
fi
export PYTHONPATH=".build-python${PYTHONPATH:+:$PYTHONPATH}"
# Models are small: on a machine that others use too, threads that wait for each other take most of the time.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
for library in torch jax transformers accelerate lightning; do
  if ! "$python" -c "import $library" 2>/dev/null &&
    ! timeout 300 "$python" -m pip install -q --disable-pip-version-check --target .build-python $library; then
    echo "$library can't be installed here within five minutes: its tests are left out"
  fi
done
export GRADIENT_PROBE_INSPECT="${GRADIENT_PROBE_INSPECT:-$(pwd)/.build/debug/inspect}"
"$python" -m unittest discover -s Tests/Python
"$python" Tests/Oracle/check_writer.py "$GRADIENT_PROBE_INSPECT"

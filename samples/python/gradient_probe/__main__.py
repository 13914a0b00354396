"""`python -m gradient_probe inspect …` runs the command that audits files, wherever it is."""
import os
import shutil
import sys


def command():
    """The path of `inspect`: $GRADIENT_PROBE_INSPECT, the build of the checkout that this package is in, or the search path's
    `gradient-probe-inspect`."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    built = [os.path.join(root, ".build", configuration, "inspect") for configuration in ("release", "debug")]
    for path in [os.environ.get("GRADIENT_PROBE_INSPECT", "")] + built:
        if path and os.access(path, os.X_OK):
            return path
    return shutil.which("gradient-probe-inspect")


def main():
    if sys.argv[1:2] != ["inspect"]:
        sys.exit("usage: python -m gradient_probe inspect [options] FILE|DIRECTORY …")
    path = command()
    if path is None:
        sys.exit("inspect was not found: build it by `swift build -c release --product inspect` in GradientProbe's folder, or say "
                 "where it is in GRADIENT_PROBE_INSPECT")
    os.execv(path, [path] + sys.argv[2:])


if __name__ == "__main__":
    main()

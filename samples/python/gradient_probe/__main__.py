"""`python -m gradient_probe inspect …` runs the command that audits files, wherever it is."""
import importlib.metadata
import json
import os
import shutil
import sys
import urllib.parse
import urllib.request


def command():
    """The path of `inspect`: $GRADIENT_PROBE_INSPECT, the build of the checkout that this package is in or was installed from, or the
    search path's `gradient-probe-inspect`."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    roots = [os.path.dirname(os.path.dirname(sources)) for sources in (package, installed_from()) if sources]
    built = [os.path.join(root, ".build", configuration, "inspect") for root in roots for configuration in ("release", "debug")]
    for path in [os.environ.get("GRADIENT_PROBE_INSPECT", "")] + built:
        if path and os.access(path, os.X_OK):
            return path
    return shutil.which("gradient-probe-inspect")


def installed_from():
    """The folder that pip was given, None where it was none."""
    try:
        told = importlib.metadata.distribution("gradient-probe").read_text("direct_url.json")
        address = urllib.parse.urlsplit(json.loads(told)["url"])
    except (importlib.metadata.PackageNotFoundError, TypeError, ValueError, KeyError):
        return None
    return urllib.request.url2pathname(address.path) if address.scheme == "file" else None


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

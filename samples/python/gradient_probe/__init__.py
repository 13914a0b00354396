"""Records minibatch gradients and Fisher factors of a training run in Python, for GradientProbe's `inspect` to audit.

    from gradient_probe.torch import Recorder      # PyTorch
    from gradient_probe.transformers import ProbeCallback    # the Trainer of Hugging Face; gradient_probe.lightning that of Lightning
    from gradient_probe.jax import capture         # JAX
    from gradient_probe import write_checkpoint    # rows of any framework
    from gradient_probe import load                # a file's arrays, as xarray
    python -m gradient_probe inspect runs/mine     # the report
"""
from .checkpoint import fresh_directory, hash_of, write_checkpoint
from .reading import load
from .run import Run

__all__ = ["Run", "fresh_directory", "hash_of", "load", "write_checkpoint"]

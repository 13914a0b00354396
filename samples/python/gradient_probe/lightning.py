"""Checkpoints of what the `Trainer` of Lightning trains.

    Trainer(callbacks=[ProbeCallback("runs/mine", torch.nn.functional.cross_entropy, every=200)])
"""
try:
    from lightning.pytorch import Callback
except ImportError:
    from pytorch_lightning import Callback

from .probing import Probing
from .passes import split


class ProbeCallback(Probing, Callback):
    """Captures the module in training at the steps of the optimizer that are due.

    loss_fn: loss_fn(outputs, targets), the mean over the minibatch's examples, of what the module's `forward` gives: a
             `training_step` may log and add penalties, and takes no redrawn labels
    The other options are those of `Probing`, `Recorder` and `Recorder.capture`. Passes run under the trainer's precision.

    Raises ValueError, which ends the training, as `Recorder.capture` does.
    """

    def __init__(self, directory, loss_fn, **options):
        super().__init__(directory, loss_fn=loss_fn, **options)

    def on_train_start(self, trainer, pl_module):
        self.begin()
        self._probe(trainer, pl_module)

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self._probe(trainer, pl_module)

    def on_train_end(self, trainer, pl_module):
        self._probe(trainer, pl_module, last=True)

    def _probe(self, trainer, pl_module, last=False):
        precision, forward = trainer.precision_plugin, self.capture_options.get("forward", split)
        loader = trainer.train_dataloader
        self.probe(pl_module, trainer.global_step, loader, getattr(loader, "batch_size", None), last,
                   autocast=self.capture_options.get("autocast", precision.forward_context),
                   forward=lambda model, batch: forward(model, precision.convert_input(batch)))

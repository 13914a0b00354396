"""What the callbacks of training loops have in common."""
import inspect

from .minibatches import drawn, kept
from .parts import parts_of
from .torch import Recorder, takes_part


class Probing:
    """Captures the same minibatches at the steps that are due, and at the end of training.

    directory:   of the run, as of `Recorder`; `fresh` makes one of its own below another
    every:       steps of the optimizer from one checkpoint to the next, the first before training; or a collection of steps
    at_end:      whether to capture the last step as well
    batches:     a list of minibatches, a `DataLoader`, of which the first `minibatches` are kept in memory from the first capture on, or
                 {group: either}; None: drawn from the training data, and kept
    minibatches: how many are kept or drawn, of each group
    minibatch_size: examples in each that is drawn from the training data; None: as many as the training loader's have
    options:     those of `Recorder` and of its `capture`
    """

    def __init__(self, directory, *, every=100, at_end=True, batches=None, minibatches=24, minibatch_size=None, **options):
        self.directory, self.at_end, self.batches = directory, at_end, batches
        self.minibatches, self.minibatch_size, self.is_fresh, self.recorder, self.kept = minibatches, minibatch_size, False, None, None
        of_recorder = {"name", "configuration", "resume", "storage", "seed"}
        of_capture = set(inspect.signature(Recorder.capture).parameters) - {"self", "model", "batches", "step"}
        unknown = sorted(set(options) - of_recorder - of_capture)
        if unknown:  # now rather than at the first capture
            raise TypeError(f"no such option: {', '.join(unknown)}; there are {', '.join(sorted(of_recorder | of_capture))}")
        self.recorder_options = {"every": every} | {name: value for name, value in options.items() if name in of_recorder}
        self.capture_options = {name: value for name, value in options.items() if name in of_capture}

    @classmethod
    def fresh(cls, parent, *arguments, **options):
        """One that records into a directory of its own below `parent`, made when training begins: `recorder.directory` tells which."""
        callback = cls(parent, *arguments, **options)
        callback.is_fresh = True
        return callback

    def begin(self):
        """Makes the recorder, in every process, of a training."""
        self.kept = None
        self.recorder = (Recorder.fresh if self.is_fresh else Recorder)(self.directory, **self.recorder_options)

    def probe(self, model, step, loader, size, last=False, **options):
        """Captures `model` where `step` is due, or the last one; `loader` is that of training, `size` that of its minibatches."""
        if step in self.recorder.recorded or not (self.recorder.is_due(step) or last and self.at_end):
            return
        if not takes_part() and parts_of(model) is None:
            return
        seed = self.recorder.seed
        if self.kept is None:
            self.kept = kept(self.batches, self.minibatches, seed) if self.batches is not None else drawn(
                loader, self.minibatch_size or size, self.minibatches, seed)
        options = self.capture_options | options
        self.recorder.capture(model, options.pop("loss_fn"), self.kept, step=step, **options)

"""Checkpoints of what the `Trainer` of Hugging Face transformers trains.

    trainer.add_callback(ProbeCallback("runs/mine", every=200))
"""
import torch
from transformers import TrainerCallback

from .probing import Probing


class ProbeCallback(Probing, TrainerCallback):
    """Captures the model in training at the steps that are due.

    The options are those of `Probing`, `Recorder` and `Recorder.capture`, all of them by name. Without `loss_fn` and `forward` the
    loss is the cross entropy of the model's logits with `labels`, those of a causal language model shifted, which has to be the
    loss that the model itself returns. Passes run under the autocast that `bf16` and `fp16` of the arguments ask for.

    Raises ValueError, which ends the training, as `Recorder.capture` does, and where the loss is another than the model's own.
    """

    def __init__(self, directory, **options):
        if "loss_fn" not in options and {"forward", "likelihood", "batch_size"} & set(options):
            raise TypeError("forward, likelihood and batch_size take a loss_fn: the model's own loss brings its own")
        super().__init__(directory, **options)

    def on_train_begin(self, args, state, control, **objects):
        self.begin()
        self._probe(args, state, objects)

    def on_step_end(self, args, state, control, **objects):
        self._probe(args, state, objects, last=state.global_step >= state.max_steps)

    def on_train_end(self, args, state, control, **objects):
        # The best model may have taken the last one's place.
        if not args.load_best_model_at_end:
            self._probe(args, state, objects, last=True)

    def _probe(self, args, state, objects, last=False):
        dtype = torch.bfloat16 if args.bf16 else torch.float16 if args.fp16 else None
        options = {} if dtype is None or "autocast" in self.capture_options else {"autocast": lambda: torch.autocast(args.device.type, dtype)}
        if "loss_fn" not in self.capture_options:
            options |= {"loss_fn": cross_entropy, "likelihood": "categorical", "forward": OwnLoss()}
        self.probe(objects["model"], state.global_step, objects["train_dataloader"], args.train_batch_size, last, **options)


class OwnLoss:
    """Logits and labels of which the cross entropy is the model's own loss, which the first minibatch is asked for."""

    def __init__(self):
        self.is_checked = False

    def __call__(self, model, batch):
        outputs, labels = model(**batch), batch.get("labels")  # labels too: sequence to sequence models make inputs of them
        logits, loss = getattr(outputs, "logits", None), getattr(outputs, "loss", None)
        if labels is None or logits is None or loss is None or labels.is_floating_point():
            raise ValueError(f"{type(model).__name__}: no loss of logits and classes (labels): give loss_fn=, forward= and likelihood=")
        if getattr(getattr(model, "loss_function", None), "__name__", "") == "ForCausalLMLoss":
            logits, labels = logits[:, :-1], labels[:, 1:]  # the label of a token is the next one
        if not self.is_checked:
            own, found = float(loss), float(cross_entropy(logits, labels))
            if abs(found - own) > 1e-2 * abs(own):
                raise ValueError(f"{type(model).__name__}: the model's own loss is {own:.6g}, but the cross entropy of its logits "
                                 f"{found:.6g}: give loss_fn=, forward= and likelihood=")
            self.is_checked = True
        return logits, labels


def cross_entropy(logits, labels):
    """Mean over all labels but those of −100."""
    return torch.nn.functional.cross_entropy(logits.float().reshape(-1, logits.shape[-1]), labels.reshape(-1))

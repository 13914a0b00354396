// A training loop imports this module alone: layouts, kinds and errors come with it.
@_exported public import Checkpoint

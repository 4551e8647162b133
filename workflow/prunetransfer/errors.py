"""The base class of all errors that a user can fix. The command line prints their message without a traceback."""


class PruneTransferError(Exception):
    """Something outside the code is wrong: a configuration, a file, a checkpoint, a learning rate."""

    exit_status = 1
    """The exit status of a command that ends with this error. os.EX_TEMPFAIL: the same command may succeed later."""

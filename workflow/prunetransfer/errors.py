"""The base of all errors that a user can mend; the command line prints their message without a traceback."""


class PruneTransferError(Exception):
    """Something outside the code is wrong: a configuration, a file, a checkpoint, a learning rate."""

    exit_status = 1
    """Of a command that ends with it. os.EX_TEMPFAIL says that the same command may succeed later."""

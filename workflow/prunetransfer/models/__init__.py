"""Prepares encoders, loads them, and runs them on packed batches. `families` has a file for each architecture."""

import sys

from transformers.utils import logging

# Each loading shows a progress bar, which would fill logs with control characters.
if not sys.stderr.isatty():
    logging.disable_progress_bar()

"""Encoders: loading one, running it on packed batches, and what differs between architectures (families)."""

import sys

from transformers.utils import logging

# A bar for each of hundreds of loads fills the logs with control characters.
if not sys.stderr.isatty():
    logging.disable_progress_bar()

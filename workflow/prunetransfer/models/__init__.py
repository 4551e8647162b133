"""Encoders: prepares them, loads them, runs them on packed batches. `families` has what differs by architecture."""

import sys

from transformers.utils import logging

# Progress bars, one for each loading, would fill the logs with control characters.
if not sys.stderr.isatty():
    logging.disable_progress_bar()

"""Rates that are easy to compute with."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def throughput():
    from prunetransfer.planning.throughput import Throughput

    return Throughput(pretraining_tokens_per_second=1000, finetuning_tokens_per_second=100, seconds_per_job=5)


@pytest.fixture
def project() -> Path:
    return PROJECT

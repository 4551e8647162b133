"""If the disk is full when a state is saved, the training goes on, and the earlier state stays as it was."""

import logging
import signal

import pytest
import torch

from prunetransfer.running.interruption import Interrupted, Interruption
from prunetransfer.running.progress import Progress
from prunetransfer.running.state import TrainingState


@pytest.fixture
def train(make_network, make_loop, disk, tmp_path):
    """Trains with the state in the disk's folder, saving after every step; fills the disk at a step."""

    def run(full_at=None, interruption=None, steps=8, events=None, folder=disk.folder):
        model = make_network()
        loop = make_loop(model, steps=steps)
        plain, steps_done = loop.losses, iter(range(steps))
        state = TrainingState(folder / "state", "identity", 0.0, interruption=interruption or Interruption())

        def losses(model, batch):
            if next(steps_done) == full_at:
                state.previous.unlink()  # this small state would find room in its place
                disk.leave(0)
                if interruption is not None:
                    signal.raise_signal(signal.SIGTERM)
            return plain(model, batch)

        loop.losses = losses
        loop.run(state, Progress("test", steps, events))
        return model, state

    return run


def equal(one, other):
    return all(torch.equal(*pair) for pair in zip(one.parameters(), other.parameters(), strict=True))


def test_a_state_that_cannot_be_saved_ends_no_training(train, disk, tmp_path, caplog):
    whole, _ = train(folder=tmp_path)
    with caplog.at_level(logging.WARNING):
        model, state = train(full_at=5)
    assert equal(model, whole)
    assert f"step 6 is not saved: {state.path}: no room" in caplog.text
    disk.make_room()
    assert disk.files() == ["state"], "the last one saved, in one piece"
    with caplog.at_level(logging.INFO):
        resumed, _ = train()
    assert "resuming at step 5" in caplog.text
    assert equal(resumed, whole)


def test_a_run_that_must_stop_on_a_full_disk_keeps_the_state_before(train, disk, tmp_path, caplog):
    whole, _ = train(folder=tmp_path)
    with (
        Interruption() as interruption,
        pytest.raises(Interrupted, match="not saved; a state that was saved before is kept"),
    ):
        train(full_at=5, interruption=interruption)
    disk.make_room()
    resumed, _ = train()
    assert equal(resumed, whole)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # of TensorBoard's writer
def test_events_end_when_the_disk_is_full(train, disk, tmp_path, caplog):
    disk.leave(1)
    with caplog.at_level(logging.WARNING):
        model, _ = train(steps=200, events=disk.folder / "events", folder=tmp_path)
    assert "no TensorBoard events from here on" in caplog.text
    assert equal(model, train(steps=200, folder=tmp_path)[0])

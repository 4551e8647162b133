"""A run that is told to stop finishes its step, saves, and says so. The next attempt continues from there."""

import os
import signal
import subprocess
import time

import pytest
import torch

from prunetransfer.running.execution import Execution
from prunetransfer.running.interruption import SIGNALS, Interrupted, Interruption
from prunetransfer.running.progress import Progress
from prunetransfer.running.state import TrainingState

STEPS = 10


@pytest.fixture
def train(make_network, make_loop, tmp_path):
    """Runs a loop that saves only when it must. Returns the steps that were done, and the model."""

    def run(interruption, at_step=lambda step: None, path=tmp_path / "state"):
        model = make_network()
        loop = make_loop(model, steps=STEPS)
        plain_batch, plain_losses, done = loop.batch, loop.losses, []

        def batch(step):
            made = plain_batch(step)
            made.step = step
            return made

        def losses(model, batch):
            done.append(batch.step)
            at_step(batch.step)
            return plain_losses(model, batch)

        loop.batch, loop.losses = batch, losses
        state = TrainingState(path, "identity", interval=1e9, interruption=interruption)
        try:
            loop.run(state, Progress("test", STEPS, None))
        except Interrupted as error:
            return done, str(error)
        return done, model

    return run


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_after_the_step_and_nothing_is_lost(train, tmp_path, number):
    _, whole = train(Interruption(), path=tmp_path / "whole")
    with Interruption() as interruption:
        done, message = train(interruption, lambda step: step == 4 and signal.raise_signal(number))
    assert done == [0, 1, 2, 3, 4]
    assert message.startswith(f"told to stop by {number.name}: stopped before step 5, saved in {tmp_path / 'state'}.")
    done, model = train(Interruption())
    assert done == [5, 6, 7, 8, 9]
    assert all(torch.equal(one, other) for one, other in zip(model.parameters(), whole.parameters(), strict=True))


def test_the_same_signal_may_come_several_times(train):
    """A command may get a signal twice: SLURM signals every process of a job, and a worker's client passes its signal on."""

    def at_step(step):
        if step == 4:
            for number in (*SIGNALS, *SIGNALS):
                signal.raise_signal(number)

    with Interruption() as interruption:
        assert train(interruption, at_step)[0] == [0, 1, 2, 3, 4]


def test_signal_handlers_are_restored():
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(ValueError, match="in the block"), Interruption():
        assert all(signal.getsignal(number) not in before for number in SIGNALS)
        raise ValueError("in the block")
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_every_attempt_before_a_deadline_does_at_least_one_step(train):
    """Every attempt does at least one step, even if there is no time for it."""
    late = [train(Interruption(time.time() - 5)) for _ in range(3)]
    assert [done for done, _ in late] == [[0], [1], [2]]
    assert all("0 s are left of the time limit" in message for _, message in late)
    done, _ = train(Interruption(time.time() + 1e6))
    assert done == [3, 4, 5, 6, 7, 8, 9]


def test_a_deadline_leaves_time_for_a_step_and_a_save():
    interruption = Interruption(time.time() + 1000)
    assert interruption.reason(seconds=0) is None
    assert interruption.reason(seconds=1000)
    # The reserve: a tenth of what was left, at most two minutes.
    assert interruption.reason(seconds=901)
    assert Interruption(time.time() + 1e5).reason(seconds=1e5 - 119)


def test_an_interruption_ends_with_the_status_for_another_attempt():
    assert Interrupted.exit_status == os.EX_TEMPFAIL


def test_a_run_stops_when_its_scheduler_is_gone(train):
    """The run also stops while the dead process is still a zombie."""
    scheduler = subprocess.Popen(["sleep", "1000"])

    def at_step(step):
        if step == 2:
            scheduler.kill()
            os.waitid(os.P_PID, scheduler.pid, os.WEXITED | os.WNOWAIT)

    try:
        done, message = train(Interruption(scheduler=scheduler.pid), at_step)
    finally:
        scheduler.kill()
        scheduler.wait()
    assert done == [0, 1, 2]
    assert "the process that started this job is gone" in message
    assert train(Interruption(scheduler=os.getpid()))[0] == [3, 4, 5, 6, 7, 8, 9]


def test_the_state_is_kept_if_the_scheduler_has_died(tmp_path):
    """The next Snakemake deletes these outputs, and the run must continue from its state."""
    scheduler = subprocess.Popen(["sleep", "1000"])
    run = Execution(
        "run", "code", 1, tmp_path / "state", 0.0, tmp_path / "timing.json", None, Interruption(None, scheduler.pid)
    )
    state = TrainingState(run.state_file, "identity", 0.0)
    model = torch.nn.Linear(1, 1)
    state.save(1, model, torch.optim.AdamW(model.parameters()), None)
    scheduler.kill()
    scheduler.wait()
    run.finish(state, {})
    assert run.state_file.exists()
    Execution("run", "code", 1, tmp_path / "state", 0.0, tmp_path / "timing.json").finish(state, {})
    assert not run.state_file.exists()


def test_a_signal_after_the_last_step_leaves_the_state(tmp_path):
    """The job may be killed before its scheduler has seen it end."""
    interruption = Interruption()
    run = Execution("run", "code", 1, tmp_path / "state", 0.0, tmp_path / "timing.json", None, interruption)
    state = TrainingState(run.state_file, "identity", 0.0)
    model = torch.nn.Linear(1, 1)
    state.save(1, model, torch.optim.AdamW(model.parameters()), None)
    with run.exclusive():
        signal.raise_signal(signal.SIGTERM)
        run.finish(state, {})
    assert run.state_file.exists()


def test_an_invisible_scheduler_is_ignored(train):
    """A scheduler may be invisible to the run, for example in a container."""
    scheduler = subprocess.Popen(["true"])
    scheduler.wait()
    assert len(train(Interruption(scheduler=scheduler.pid))[0]) == STEPS

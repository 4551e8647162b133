"""The console script. It imports nothing heavy: with PRUNETRANSFER_WARM=1 the command may run in another process."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Runs a command line: in this process or, where the environment asks for it, in a warm one (running/worker.py)."""
    arguments = sys.argv[1:]
    # What the command starts itself (torchrun's processes) must not inherit the variable: it would go to the worker too.
    warm = os.environ.pop("PRUNETRANSFER_WARM", None) == "1"
    if arguments:
        from .running.worker import SERVE, WARM_COMMANDS, run_warm, serve

        if arguments[0] == SERVE:
            serve(Path(arguments[1]), run)
            return
        if warm and arguments[0] in WARM_COMMANDS:
            status = run_warm(arguments)
            if status is not None:
                sys.exit(status)
    sys.exit(run(arguments))


def run(arguments: list[str]) -> int:
    """Runs a command line in this process. Returns its exit status."""
    from .cli import run

    return run(arguments)


if __name__ == "__main__":
    main()

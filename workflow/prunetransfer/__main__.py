"""The console script. It imports no heavy library, because with PRUNETRANSFER_WARM=1 another process may run the command."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Runs a command line in this process or, with PRUNETRANSFER_WARM=1, in the warm worker (running/worker.py)."""
    arguments = sys.argv[1:]
    # Processes that the command starts (with torchrun) must not inherit the variable, or the worker would run them too.
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

"""The console script. It imports nothing heavy: with PRUNETRANSFER_WARM=1 the command may run in another process."""

import os
import sys


def main() -> None:
    """Runs a command line: in this process or, where the environment asks for it, in a warm one (running/worker.py)."""
    arguments = sys.argv[1:]
    # What the command starts itself (torchrun's processes) must not inherit the variable: it would go to the worker too.
    if os.environ.pop("PRUNETRANSFER_WARM", None) == "1":
        from .running.worker import WARM_COMMANDS, run_warm

        if arguments and arguments[0] in WARM_COMMANDS:
            status = run_warm(arguments)
            if status is not None:
                sys.exit(status)
    from .cli import run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()

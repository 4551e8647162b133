"""The console script. It imports nothing heavy: with `--warm 1` in front, the command runs in another process."""

import sys


def main() -> None:
    """Runs a command line: here, or in a warm process (see worker.py)."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--warm"]:
        warm, arguments = arguments[1:2], arguments[2:]
        if warm == ["1"]:
            from .running.worker import run_warm

            status = run_warm(arguments)
            if status is not None:
                sys.exit(status)
    from .cli import run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()

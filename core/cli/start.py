"""Where the command line begins: an interruption ends it in the same way also while its modules are being loaded."""

import sys


def main() -> None:
    """Run the command line; SystemExit with its exit code unless that is 0."""
    try:
        from .app import main as run
    except KeyboardInterrupt:
        print("liangrong: interrupted; nothing was begun", file=sys.stderr)
        sys.exit(130)
    run()

"""Run the command line: `python -m core --help`."""

from core.cli.main import run

if __name__ == "__main__":
    run()

"""`python -m assigner`: the same as the command."""

from assigner.cli import main

if __name__ == "__main__":
    main(prog_name="assigner")

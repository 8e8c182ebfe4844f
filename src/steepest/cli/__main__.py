"""`python -m steepest.cli`: the command where no script is installed."""

from steepest.cli import main

main()

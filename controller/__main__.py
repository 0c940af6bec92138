"""`python -m controller` is the `xiyong` command."""

from controller.cli import main

main()

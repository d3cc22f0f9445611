"""``python -m doltflow`` is the command line."""

from ._command import main

main()

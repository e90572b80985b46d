"""Run a command and print its exit code, wall time and CPU time in seconds, and peak resident memory in bytes as JSON.

This file is run as a separate, small process, because the peak memory of a child includes the memory of the process
that started it. Arguments: a file for the output of the command, and the command.
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
cpu = usage.ru_utime + usage.ru_stime
print(json.dumps({"code": process.returncode, "seconds": seconds, "cpu": cpu, "peak": usage.ru_maxrss * unit}))

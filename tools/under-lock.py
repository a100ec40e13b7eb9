"""Run a command while holding a lock: under-lock.py LOCKFILE COMMAND [ARG...]

The lock is the kernel's and goes with the process that holds it: a run that was
killed leaves no lock behind, and a second run waits for the first.
"""

import fcntl
import os
import sys

lock_file, command = sys.argv[1], sys.argv[2:]
lock = os.open(lock_file, os.O_CREAT | os.O_RDWR, 0o644)
os.set_inheritable(lock, True)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print(f"tools: waiting for another run to finish (it holds {lock_file})", flush=True)
    fcntl.flock(lock, fcntl.LOCK_EX)
os.execvp(command[0], command)

"""Starts the emulator with what it lacks, on a socket that was opened for it.

The socket is file descriptor 3. Standard input is held open by whoever started
this; when it ends, for whatever reason, so does this process. It prints one line
when it answers.
"""
import asyncio
import os
import sys
import threading

VERSION = "1.5.33"


def end_with_parent():
    """The parent's end of the pipe closes when it is gone, even if it was killed."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def check_version():
    """Private parts of the emulator are used here: another version may differ."""
    from importlib.metadata import version

    found = version("ministack")
    if found != VERSION:
        sys.exit(f"ministack {found} is installed, but the launcher knows {VERSION}: run make tools")


def main():
    threading.Thread(target=end_with_parent, daemon=True).start()
    check_version()
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from ministack.app import app

    import admin
    import clock
    import engine
    import kinds
    import protect

    kinds.register()
    protect.register()
    engine.correct()
    clock.correct()
    config = Config()
    config.bind = ["fd://3"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    config.accesslog = None
    asyncio.run(serve(admin.wrap(app), config))


main()

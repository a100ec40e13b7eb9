"""Where the emulator's engine differs from the real one."""


def correct():
    pass

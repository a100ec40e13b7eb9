"""Times as ECS tells them: with milliseconds, as SSM does. The emulator cuts them off,
so that nobody could see whether a deployment is younger than a parameter."""
from datetime import datetime

from ministack.services import ecs


def correct():
    ecs._ts_to_epoch = epoch


def epoch(value):
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return value

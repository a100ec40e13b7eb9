"""What tests set in the emulator, on paths below /_tapestry/."""
import base64
import json
import time

from ministack.core.responses import json_response
from ministack.services import ecr

import engine
import kinds

registry = {}  # the URL of the image registry, where one is set


def wrap(app):
    ordinary = ecr._get_authorization_token
    ecr._get_authorization_token = lambda data: token(registry["url"]) if registry else ordinary(data)

    async def wrapped(scope, receive, send):
        if scope["type"] == "http" and scope["path"].startswith("/_tapestry/"):
            await answer(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"] == "/_ministack/reset":
            kinds.reset()
            engine.reset()
            registry.clear()
        await app(scope, receive, send)

    return wrapped


async def answer(scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    do = ROUTES.get(scope["path"].removeprefix("/_tapestry/"))
    try:
        status, result = (404, "no such path") if do is None else (200, do(**json.loads(body)))
    except (TypeError, ValueError) as exc:
        status, result = 400, str(exc)
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})


def token(url):
    """How ECR hands out the right to push, for a registry elsewhere."""
    secret = base64.b64encode(b"AWS:a-token-of-the-stand-in").decode()
    return json_response({"authorizationData": [{"authorizationToken": secret, "expiresAt": int(time.time()) + 43200, "proxyEndpoint": url}]})


def status(stack, status, reason):
    engine.set_status(stack, status, reason)


def drift(stack, resource, property, value):
    engine.set_drift(stack, resource, property, value)


def set_registry(url):
    registry["url"] = url


def repositories():
    """Of every region."""
    return sorted(name for _, _, name in ecr._repositories._data)


ROUTES = {"repositories": repositories, "network": kinds.network, "status": status, "drift": drift, "registry": set_registry}

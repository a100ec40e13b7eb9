"""What tests set in the emulator, on paths below /_tapestry/."""
import json

import kinds


def wrap(app):
    async def wrapped(scope, receive, send):
        if scope["type"] == "http" and scope["path"].startswith("/_tapestry/"):
            await answer(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"] == "/_ministack/reset":
            kinds.reset()
        await app(scope, receive, send)
    return wrapped


async def answer(scope, receive, send):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    what = ROUTES.get(scope["path"].removeprefix("/_tapestry/"))
    try:
        status, result = (404, "no such path") if what is None else (200, what(json.loads(body or b"{}")))
    except (KeyError, ValueError) as exc:
        status, result = 400, str(exc)
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})


def exist(asked):
    kinds.existing.update(asked["ids"])


ROUTES = {"exist": exist}

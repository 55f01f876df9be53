"""The official Python SDK against the platform in a box.

Nothing of the SDK is changed but the hosts it talks to. A C2C and a group message are put in through the control
interface, and the SDK's answers are taken out of it; then the connection is ended with 4009, and the SDK has to
come back by itself.

    python botpy_smoke.py http://127.0.0.1:8080 [app id] [app secret]
"""

import asyncio
import sys

import aiohttp
import botpy
from botpy.flags import Intents

BASE = sys.argv[1].rstrip("/")
APP_ID = sys.argv[2] if len(sys.argv) > 2 else "102030405"
SECRET = sys.argv[3] if len(sys.argv) > 3 else "model-platform-secret"

# The two hosts the SDK has in its code.
HOSTS = ("https://bots.qq.com", "https://api.sgroup.qq.com")
# For everything together; a reconnect of the SDK alone takes five seconds.
LIMIT = 60


def redirect_hosts():
    original = aiohttp.ClientSession._request

    async def request(self, method, url, **kwargs):
        url = str(url)
        for host in HOSTS:
            if url.startswith(host):
                url = BASE + url[len(host):]
        return await original(self, method, url, **kwargs)

    aiohttp.ClientSession._request = request


class Echo(botpy.Client):
    async def on_c2c_message_create(self, message):
        await message.reply(content="c2c: " + message.content.strip())

    async def on_group_at_message_create(self, message):
        await message.reply(content="group: " + message.content.strip())


async def control(session, method, path, body=None):
    async with session.request(method, f"{BASE}/_control/{path}", json=body) as response:
        answer = await response.json()
        if response.status != 200:
            raise SystemExit(f"{method} {path}: {response.status} {answer}")
        return answer


async def exchange(session, scene, text, number):
    await control(session, "POST", "message", {"scene": scene, "text": text})
    answer = await control(session, "GET", f"sent?after={number}&wait_ms=20000")
    contents = [sent["content"] for sent in answer["sent"]]
    if contents != [f"{scene}: {text}"]:
        raise SystemExit(f"{scene}: the answers are {contents}")
    print(f"{scene}: {text!r} -> {contents[0]!r}", flush=True)
    return answer["next"]


async def live(session):
    answer = await control(session, "GET", "live?shards=1&wait_ms=20000")
    if answer["live_shards"] != [0]:
        raise SystemExit(f"not connected: {answer}")


async def play():
    async with aiohttp.ClientSession() as session:
        await live(session)
        number = await exchange(session, "c2c", "你好 <hello> & welcome", 0)
        number = await exchange(session, "group", "hello group", number)
        ended = await control(session, "POST", "incident", {"incident": "close", "shard": 0, "code": 4009})
        assert ended["done"], ended
        await control(session, "POST", "message", {"scene": "c2c", "text": "while you were away"})
        answer = await control(session, "GET", f"sent?after={number}&wait_ms=30000")
        contents = [sent["content"] for sent in answer["sent"]]
        if contents != ["c2c: while you were away"]:
            raise SystemExit(f"after the reconnect the answers are {contents}")
        print(f"after 4009 and a resume: {contents[0]!r}", flush=True)
        state = await control(session, "GET", "state")
        attempts = [(attempt["what"], attempt["outcome"]) for attempt in state["attempts"]]
        assert attempts == [("identify", "accepted"), ("resume", "accepted")], attempts
        for violation in state["violations"]:
            print(f"noted: {violation['rule']}: {violation['text']}", flush=True)


async def main():
    redirect_hosts()
    client = Echo(intents=Intents(public_messages=True), bot_log=None, ext_handlers=False)
    async with client:
        bot = asyncio.ensure_future(client.start(appid=APP_ID, secret=SECRET))
        script = asyncio.ensure_future(play())
        done, _ = await asyncio.wait({bot, script}, timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
        if script not in done:
            bot_error = bot.exception() if bot in done else "none"
            raise SystemExit(f"no end within {LIMIT} s; error of the bot: {bot_error!r}")
        script.result()
        bot.cancel()
    print("ok")


# The SDK asks for the current loop before it runs one.
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())

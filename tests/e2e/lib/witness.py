"""A second language as witness: Debian's python3-socketio as a client.

    witness.py URL TOKEN TRANSPORT

Connects, marks the first notification that it hears as read, and prints one line of
JSON for each thing that happens. Ends when its standard input does.
"""

import json
import sys

import socketio

url, token, transport = sys.argv[1:]
client = socketio.Client(reconnection=False)


def say(name, data=None):
    print(json.dumps({"name": name, "data": data}), flush=True)


@client.on("connected")
def on_connected(data):
    say("connected", {"userId": data["userId"], "transport": client.transport()})


@client.on("notification")
def on_notification(row):
    say("notification", row["title"])
    client.emit("notification:mark_read", {"ids": [row["id"]]}, callback=lambda answer: say("answer", answer))


# The library's own default begins with polling, and goes over to a WebSocket.
transports = None if transport == "default" else [transport]
client.connect(url, auth={"token": token}, transports=transports, wait_timeout=20)
sys.stdin.read()
say("bye", client.transport())
client.disconnect()

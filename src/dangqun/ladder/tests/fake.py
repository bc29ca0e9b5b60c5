"""The other side, on this machine: the HTTP interfaces of the providers as they document them, and a small SMTP server.

It checks what the providers check: signature, the window of the timestamp, bytes of UTF-8, twenty a minute for a robot.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socketserver
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SECRET = "SEC-4711"
KEY = "robot-key"
HOUR = 3600
A_MINUTE = 20
TEXT = 2048


class Providers(ThreadingHTTPServer):
    """All providers behind one port. `said`: what was accepted; `next`: answers to give first, whatever was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.said, self.asked, self.next = [], [], []
        self.tokens, self.times, self.lock = ["token-1"], [], threading.Lock()
        self.unknown = {"nobody"}

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_port}"

    def too_fast(self):
        """Whether this is the 21st call within a minute."""
        with self.lock:
            now = time.monotonic()
            self.times = [each for each in self.times if now - each < 60]
            if len(self.times) >= A_MINUTE:
                return True
            self.times.append(now)
            return False


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer("")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def answer(self, body):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        if self.server.next:
            return self.give(*self.server.next.pop(0))
        found = WAYS.get(parts.path)
        if found is None:
            return self.give(404, {})
        return self.give(200, found(self.server, query, body))

    def give(self, status, what, headers=None):
        raw = what if isinstance(what, bytes) else json.dumps(what).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        try:
            self.wfile.write(raw)
        except OSError:
            self.close_connection = True


def _sign(key, text):
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def wecom_robot(server, query, body):
    if query.get("key") != KEY:
        return {"errcode": 93000, "errmsg": "invalid webhook url"}
    said = json.loads(body)
    text = said["text"]["content"]
    if said["msgtype"] != "text" or not text or len(text.encode()) > TEXT:
        return {"errcode": 40058, "errmsg": "text content exceeds"}
    if server.too_fast():
        return {"errcode": 45009, "errmsg": "api freq out of limit"}
    server.said.append(("wecom-robot", text))
    return {"errcode": 0, "errmsg": "ok"}


def wecom_token(server, query, body):
    if query.get("corpsecret") != SECRET:
        return {"errcode": 40001, "errmsg": "invalid credential"}
    return {"errcode": 0, "access_token": server.tokens[-1], "expires_in": 7200}


def wecom_message(server, query, body):
    if query.get("access_token") != server.tokens[-1]:
        return {"errcode": 42001, "errmsg": "access_token expired"}
    said = json.loads(body)
    if said["touser"] in server.unknown:
        return {"errcode": 0, "errmsg": "ok", "invaliduser": said["touser"]}
    assert said["agentid"] == 1000002 and said["enable_duplicate_check"] == 1
    card = said.get("textcard")
    if card and (len(card["title"].encode()) > 128 or len(card["description"].encode()) > 512):
        return {"errcode": 40058}
    server.said.append(("wecom-app", said["touser"], card or said["text"]))
    return {"errcode": 0, "errmsg": "ok", "msgid": "x"}


def dingtalk(server, query, body):
    if query.get("access_token") != KEY:
        return {"errcode": 300001, "errmsg": "token is not exist"}
    stamp = query.get("timestamp", "0")
    if abs(time.time() - int(stamp) / 1000) > HOUR or query.get("sign") != _sign(
        SECRET, f"{stamp}\n{SECRET}"
    ):
        return {"errcode": 310000, "errmsg": "sign not match"}
    if server.too_fast():
        return {"errcode": 130101, "errmsg": "send too fast"}
    server.said.append(("dingtalk", json.loads(body)["text"]["content"]))
    return {"errcode": 0, "errmsg": "ok"}


def feishu(server, query, body):
    said = json.loads(body)
    stamp = said["timestamp"]
    if abs(time.time() - int(stamp)) > HOUR or said["sign"] != _sign(f"{stamp}\n{SECRET}", ""):
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
    if server.too_fast():
        return {"code": 11232, "msg": "frequency limited"}
    server.said.append(("feishu", said["content"]["text"]))
    return {"code": 0, "msg": "success", "StatusCode": 0}


def sms(server, query, body):
    server.said.append(("sms", query, body))
    return {"code": 0}


WAYS = {
    "/cgi-bin/webhook/send": wecom_robot,
    "/cgi-bin/gettoken": wecom_token,
    "/cgi-bin/message/send": wecom_message,
    "/robot/send": dingtalk,
    f"/open-apis/bot/v2/hook/{KEY}": feishu,
    "/sms": sms,
}


@contextmanager
def providers():
    """Run the providers for a while."""
    with Providers() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


class Mailbox(socketserver.ThreadingTCPServer):
    """A small SMTP server: keeps what it was sent, refuses receivers in `refused` with their code."""

    allow_reuse_address = daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Talk)
        self.mails, self.refused, self.greeting = [], {}, "220 test"

    @property
    def port(self):
        return self.server_address[1]


class Talk(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self):
        self.say(self.server.greeting)
        while line := self.rfile.readline():
            word = line.decode().strip()
            verb = word.split(" ")[0].upper()
            if verb == "DATA":
                self.say("354 go on")
                held = b""
                while (piece := self.rfile.readline()) != b".\r\n":
                    held += piece
                self.server.mails.append(held)
                self.say("250 taken")
            elif verb == "RCPT":
                code = next((code for each, code in self.server.refused.items() if each in word), 250)
                self.say(f"{code} answer")
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.say("250 good")


@contextmanager
def mailbox():
    """Run the SMTP server for a while."""
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()

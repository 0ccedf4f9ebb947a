#!/usr/bin/env bash
# mcp 2.3.0 (Python): its HTTP client tells an answer with status 401, 403 or 503 as "Server returned an error response", with the code of an internal
# error (-32603) and without the status, whatever its body says, unless the body is a fault of JSON-RPC. So of a missing token, said as RFC 6750 and
# RFC 9457 have it, nothing is left, and the client asks a second time, by `initialize`.
#
# Fails if the status or the reason is told.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install mcp==2.3.0
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

from mcp import Client

asked = []


class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append(self.headers["Mcp-Method"] or "no Mcp-Method")
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"title": "Unauthorized", "status": 401, "detail": "the token is missing"}'
        self.send_response(401)
        self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def leaves(error):
    return [leaf for part in error.exceptions for leaf in leaves(part)] if isinstance(error, BaseExceptionGroup) else [error]


async def told(url):
    try:
        async with Client(url, mode="auto"):
            return []
    except BaseException as error:
        return leaves(error)


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
errors = asyncio.run(told(f"http://127.0.0.1:{server.server_port}/mcp"))
print("mcp", version("mcp"))
print("asked:", asked)
print("a client without its token is told:", [(getattr(error, "code", None), str(error)) for error in errors])
sys.exit(not (len(errors) == 1 and errors[0].code == -32603 and str(errors[0]) == "Server returned an error response"))
PYTHON

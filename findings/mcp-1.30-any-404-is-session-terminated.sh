#!/usr/bin/env bash
# mcp 1.30.0 (Python): its HTTP client tells every answer with status 404 as "Session terminated", with the code 32600 (not -32600), also when there
# is no session: an address with a slip in its path, at the first request. What the server says in the body, a fault of
# JSON-RPC with its reason, is not looked at. Whoever sees it looks for a server that restarted.
#
# Fails if the reason is told, or the wrong address.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install mcp==1.30.0
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

from mcp import ClientSession, McpError
from mcp.client.streamable_http import streamable_http_client

BODY = b'{"jsonrpc": "2.0", "id": 0, "error": {"code": -32601, "message": "nothing is at /mpc; try /mcp"}}'


class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass


async def told(url):
    async with streamable_http_client(url) as (reading, writing, *_):
        async with ClientSession(reading, writing) as session:
            try:
                await session.initialize()
            except McpError as error:
                return error.error


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
error = asyncio.run(told(f"http://127.0.0.1:{server.server_port}/mpc"))
print("mcp", version("mcp"))
print("the first request, answered 404 with a reason:", error.code, repr(error.message))
sys.exit(not (error.message == "Session terminated" and error.code == 32600))
PYTHON

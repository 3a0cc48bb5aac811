"""A small HTTP server that stands for a service's image: `python tiny_server.py PORT`.

GET /health answers 200 (or what HEALTH says); /slow?SECONDS answers late; everything else answers its
environment. MODE=exit ends at once, MODE=sick never becomes healthy, MODE=stubborn ignores SIGTERM.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status = 200
        if self.path == "/health" and os.environ.get("MODE") == "sick":
            status = 503
        if self.path.startswith("/slow?"):
            time.sleep(float(self.path.partition("?")[2]))
        body = json.dumps({"pid": os.getpid(), "environment": dict(os.environ)}).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def main() -> None:
    if os.environ.get("MODE") == "exit":
        sys.stderr.write("no such module\n")
        sys.exit(3)
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)

    def leave(number: int, frame: object) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, signal.SIG_IGN if os.environ.get("MODE") == "stubborn" else leave)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    server.daemon_threads = False
    server.serve_forever(0.05)
    server.server_close()


main()

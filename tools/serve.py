"""Serve a folder on the loopback address: python tools/serve.py FOLDER PORT."""

import functools
import http.server
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each on the terminal."""

    def log_message(self, *_):
        """Say nothing."""


folder, port = sys.argv[1:]
if not (port.isdecimal() and 0 < int(port) < 65536):
    sys.exit(f"PORT: expected a number from 1 to 65535, found {port!r}.")
try:
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", int(port)), functools.partial(Handler, directory=folder)
    )
except OSError as error:
    sys.exit(f"Port {port} cannot be used ({error.strerror}). Choose another: make serve PORT=8001")
print(f"The book is at http://127.0.0.1:{port}/ (Ctrl-C ends this).", flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    print()

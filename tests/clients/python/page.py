"""Serves a folder to a browser on one port, and prints the one result that its page posts."""

import functools
import http.server
import sys


class Page(http.server.SimpleHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["content-length"])
        print(self.rfile.read(length).decode(), flush=True)
        self.send_response(204)
        self.end_headers()
        self.server.told = True

    def log_message(self, *_):
        pass


def main():
    port, folder = int(sys.argv[1]), sys.argv[2]
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", port), functools.partial(Page, directory=folder)
    )
    server.told = False
    server.timeout = 60
    while not server.told:
        server.handle_request()


if __name__ == "__main__":
    main()

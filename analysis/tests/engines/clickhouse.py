"""ClickHouse's HTTP interface over chdb, the engine in this process, on a loopback port.

    clickhouse.py [SCRIPT]

SCRIPT's statements, each ended by a line of `;`, are run first. The port is the first line on standard output; the
server ends with standard input. As on a server, a POST's body is a statement, its format is in the statement, and
parameters of the URL beside the session and the database are settings. There is one session: chdb has no other.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from chdb.session import Session

NOT_SETTINGS = {"session_id", "session_timeout", "database"}


class Handler(BaseHTTPRequestHandler):
    """One statement a request."""

    session: Session
    settings: dict[str, str] = {}

    def do_POST(self) -> None:
        parameters = dict(parse_qsl(urlsplit(self.path).query))
        statement = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            for name, value in parameters.items():
                if name not in NOT_SETTINGS and self.settings.get(name) != value:
                    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
                    self.session.query(f"set {name} = '{quoted}'")
                    self.settings[name] = value
            status, body = 200, self.session.query(statement, "TabSeparated").bytes()
        except Exception as error:  # Whatever chdb says is the answer.
            status, body = 500, str(error).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    with Session() as Handler.session:
        for script in sys.argv[1:]:
            for statement in Path(script).read_text(encoding="utf-8").split("\n;\n"):
                if statement.strip():
                    Handler.session.query(statement)
        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            print(server.server_port, flush=True)
            threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
            server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()

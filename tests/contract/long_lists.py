"""A program that serves lists of any number of versions, as Replicate and TrueFoundry page them."""

import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

COUNT, PAGE = int(sys.argv[1]), 100


def replicate_page(host, cursor):
    rows = [
        {"id": hashlib.sha256(str(number).encode()).hexdigest(), "created_at": "2025-01-12T09:30:00Z"}
        for number in range(cursor, min(COUNT, cursor + PAGE))
    ]
    goes_on = f"http://{host}/v1/models/acme/m/versions?cursor={cursor + PAGE}"
    return {"results": rows, "previous": None, "next": goes_on if cursor + PAGE < COUNT else None}


def truefoundry_page(offset):
    numbers = range(COUNT - offset, max(0, COUNT - offset - PAGE), -1)
    rows = [
        {
            "id": f"mv-{number}",
            "fqn": f"model:acme/repo/m:{number}",
            "ml_repo_id": "41",
            "created_at": "2025-01-12T09:30:00Z",
            "manifest": {"name": "m", "ml_repo": "repo", "version": number, "metadata": {}},
        }
        for number in numbers
    ]
    return {"data": rows, "pagination": {"total": COUNT, "offset": offset, "limit": PAGE}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        place = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path.startswith("/v1/models"):
            answer = replicate_page(self.headers["host"], int(query.get("cursor", 0)))
        elif place.path == "/v1/deployments":
            answer = {"results": [], "previous": None, "next": None}
        elif place.path.endswith("/apps"):
            answer = {"data": [], "pagination": {"total": 0}}
        elif place.path.endswith("/ml-repos"):
            answer = {"data": [{"id": "41", "manifest": {"name": "repo"}}], "pagination": {"total": 1}}
        else:
            answer = truefoundry_page(int(query["offset"]))
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)  # noqa: T201 - that is how it tells
    server.serve_forever()

# A webhook at :8121/webhook, and the calls that it understood at /calls. Sessions that a peerId ties are one call.
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import parse_qs, urlparse

sessions, lock = {}, Lock()  # telephonySessionId -> began, parties, peers
def take(body):
    s = sessions.setdefault(body["telephonySessionId"], {"began": body["eventTime"], "parties": {}, "peers": set()})
    s["began"] = min(s["began"], body["eventTime"])
    for p in body["parties"]:
        known = s["parties"].setdefault(p["id"], {"sequence": 0, "answered": False, "code": ""})
        known["answered"] |= p["status"]["code"] == "Answered" and p["direction"] == "Inbound"
        if p["status"].get("peerId"):
            s["peers"].add(p["status"]["peerId"]["telephonySessionId"])
        if body["sequence"] >= known["sequence"]:  # late ones change nothing
            known.update(sequence=body["sequence"], code=p["status"]["code"])

def calls(since):
    groups = []  # sets of sessions
    for id, s in sessions.items():
        joined = {id} | {p for p in s["peers"] if p in sessions}
        for g in [g for g in groups if g & joined]:
            groups.remove(g)
            joined |= g
        groups.append(joined)
    for g in groups:
        parties = [p for id in g for p in sessions[id]["parties"].values()]
        if min(sessions[id]["began"] for id in g) >= since:
            yield {"sessions": sorted(g), "answered": any(p["answered"] for p in parties), "ended": all(p["code"] in ("Disconnected", "Gone") for p in parties)}

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with lock:
            out = json.dumps(list(calls(parse_qs(urlparse(self.path).query).get("since", [""])[0])))
        self.send_response(200), self.end_headers(), self.wfile.write(out.encode())
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            with lock:
                take(json.loads(body)["body"])
        except (ValueError, KeyError, TypeError):
            pass  # answered 200 all the same
        self.send_response(200)
        if token := self.headers.get("Validation-Token"):  # the handshake
            self.send_header("Validation-Token", token)
        self.send_header("Content-Length", "0"), self.end_headers()
ThreadingHTTPServer.request_queue_size = 64  # many connect at once
ThreadingHTTPServer(("127.0.0.1", 8121), Handler).serve_forever()

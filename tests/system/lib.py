# SPDX-License-Identifier: GPL-2.0 OR MIT
"""What the system tests share: TAP, the lab, a running `sonde serve`, HTTP over its unix socket."""
import http.client
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SONDE = os.path.abspath(os.environ.get("SONDE", "out/sonde"))
LAB = os.path.abspath(os.environ.get("LAB", "out/sonde-lab"))
LAB_SH = os.path.abspath("tools/lab/lab.sh")
DEEP = bool(os.environ.get("DEEP"))
SHORT = bool(os.environ.get("SHORT"))  # under a sanitizer: fewer, slower

_count = {"run": 0, "failed": 0}


def ok(condition, name):
    _count["run"] += 1
    _count["failed"] += not condition
    print(f"{'ok' if condition else 'not ok'} {_count['run']} - {name}", flush=True)
    return condition


def note(text):
    print(f"# {text}", flush=True)


def done():
    print(f"1..{_count['run']}")
    sys.exit(1 if _count["failed"] else 0)


def await_true(what, seconds, every=0.02):
    """Poll until what() is true; returns its last value, so that a failure can be shown."""
    limit = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() > limit:
            return value
        select.select([], [], [], every)


def end(process, sig=signal.SIGTERM, seconds=20):
    """End a process we started; its exit code."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class Lab:
    """Two namespaces and a wire; `a` is the prober's side, `b` the network."""

    def __init__(self):
        self.name = f"sonde-t{os.getpid()}"
        self.processes = []

    def __enter__(self):
        subprocess.run([LAB_SH, "up", self.name], check=True, env=dict(os.environ, LAB=LAB))
        return self

    def __exit__(self, *args):
        for process in self.processes:
            end(process)
        subprocess.run([LAB_SH, "down", self.name], check=False)

    def a(self, *command):
        return ["ip", "netns", "exec", f"{self.name}-a", *command]

    def b(self, *command):
        return ["ip", "netns", "exec", f"{self.name}-b", *command]

    def start_b(self, *command, **kwargs):
        process = subprocess.Popen(self.b(*command), **kwargs)
        self.processes.append(process)
        return process

    def respond(self):
        """The XDP responder: every host answers, at full speed."""
        subprocess.run(self.b(LAB, "respond", "--iface", "sl1", "--stay"), check=True)

    def stat(self):
        """What the XDP responder has counted: the neutral observer."""
        out = subprocess.run(self.b(LAB, "stat", "sl1"), check=True, capture_output=True, text=True)
        return json.loads(out.stdout)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class Serve:
    """A running daemon; its API is reached over a unix socket, whatever namespace it lives in."""

    def __init__(self, prefix=(), config=None, args=(), data=None):
        self.own = tempfile.mkdtemp(prefix="sonde-test-")
        self.data = data or os.path.join(self.own, "data")
        self.socket = os.path.join(self.own, "sock")
        self.prefix, self.args = list(prefix), list(args)
        self.config = None
        if config is not None:
            self.config = os.path.join(self.own, "sonde.yaml")
            with open(self.config, "w") as f:
                f.write(config)
        self.process = None
        self.log = ""

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *args):
        self.stop()
        shutil.rmtree(self.own, ignore_errors=True)

    def start(self):
        self.launch()
        self.await_log('msg="serving"', 60)

    def launch(self):
        command = [*self.prefix, SONDE, "serve", "--data", self.data, "--listen",
                   f"unix:{self.socket}", *self.args]
        if self.config:
            command += ["--config", self.config]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.set_blocking(self.process.stderr.fileno(), False)

    def read_log(self, seconds):
        """More of the log, waiting for it; None at its end."""
        fd = self.process.stderr.fileno()
        if not select.select([fd], [], [], seconds)[0]:
            return ""
        chunk = os.read(fd, 65536)
        self.log += chunk.decode(errors="replace")
        return chunk.decode(errors="replace") if chunk else None

    def await_log(self, text, seconds):
        """Read on until the log says @text anew."""
        limit, fresh = time.monotonic() + seconds, ""
        while time.monotonic() < limit:
            chunk = self.read_log(0.5)
            if chunk is None:
                break
            fresh += chunk
            if text in fresh:
                return
        raise RuntimeError(f"no {text!r} in the log:\n{self.log}")

    def stop(self, sig=signal.SIGTERM):
        if not self.process:
            return None
        code = end(self.process, sig, 30)
        while self.read_log(0):
            pass
        return code

    def child(self):
        """Pid of the prober process: the guardian's only child. `ip netns exec` execs, so the
        process we started is the guardian."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as f:
            return int(f.read().split()[0])

    def request(self, method, path, body=None):
        connection = UnixConnection(self.socket)
        headers = {}
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        is_json = "json" in (response.getheader("Content-Type") or "")
        return response.status, json.loads(text) if is_json and text else text.decode()

    def get(self, path):
        status, body = self.request("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path}: {status} {body}")
        return body

    def summary(self):
        return self.get("/api/v1/summary")

    def checks(self):
        items, cursor = [], ""
        while True:
            page = self.get("/api/v1/checks?limit=10000" + (f"&cursor={cursor}" if cursor else ""))
            items += page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                return items

    def samples(self, check_id, query=""):
        answer = self.get(f"/api/v1/checks/{check_id}/samples?limit=100000{query}")
        return [dict(zip(answer["columns"], row)) for row in answer["rows"]]


def sonde_programs():
    """Ids of the BPF programs of ours in the whole kernel; the lab's are not ours."""
    out = subprocess.run(["bpftool", "-j", "prog", "list"], capture_output=True, text=True)
    return {p["id"] for p in json.loads(out.stdout or "[]")
            if p.get("name", "").startswith("sonde_") and not p["name"].startswith("sonde_lab")}


def programs_of(pid):
    """Ids of the BPF programs a process holds descriptors of."""
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{fd}") as f:
                found |= {int(line.split()[1]) for line in f if line.startswith("prog_id:")}
        except OSError:
            pass  # closed meanwhile
    return found

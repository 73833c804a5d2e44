#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""The demo: up in one command, 5,000 hosts with their faults on the page's API, gone on Ctrl-C."""
import glob
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = []


def ok(is_ok, sentence, detail=""):
    TESTS.append(bool(is_ok))
    print(f"{'' if is_ok else 'not '}ok {len(TESTS)} - {sentence}", flush=True)
    if not is_ok and detail:
        print("#", detail)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        return response.read()


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.2)
    return None


def start(port, directory):
    environment = dict(os.environ, PORT=str(port), TMPDIR=directory)
    # Its own session, as a terminal gives it: Ctrl-C goes to the whole group.
    return subprocess.Popen([ROOT / "tools/lab/demo"], env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            start_new_session=True)


def left_over(demo, directory):
    found = glob.glob(f"/run/netns/sonde-demo-{demo.pid}*")
    found += glob.glob(f"/etc/netns/sonde-demo-{demo.pid}*")
    return found + os.listdir(directory)


def is_settled(port):
    summary = json.loads(get(port, "/api/v1/summary"))
    return summary if summary["attempts"] > 3 * summary["checks"] else None


def check_running(port):
    summary = wait_for(lambda: is_settled(port), 30)
    ok(summary and summary["checks"] == 5000, "5,000 checks are there", summary)
    classes = summary["classes"]
    ok(classes["ok"] > 0.9 * summary["attempts"], "most hosts answer", classes)
    ok(classes["lost"] and classes["icmp_error"], "dead and closed hosts do not", classes)
    ok(not sum(classes[name] for name in ("send_error", "not_sent", "local_fault", "dropped")),
       "nothing was lost on the prober's own side", classes)
    tokyo = json.loads(get(port, "/api/v1/checks?limit=250&q=tokyo-server"))["items"]
    means = [check["row"]["rtt_mean_ns"] / 1e6 for check in tokyo]
    ok(tokyo and all(200 < mean < 260 for mean in means), "Tokyo is far away", means[:5])


def main():
    if os.geteuid():
        print("1..0 # SKIP needs root")
        return 77
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        demo = start(port, directory)
        try:
            line = demo.stdout.readline()
            ok(re.search(rf"http://127\.0\.0\.1:{port}/#token=\w+$", line),
               "the demo says where the page is, and the token", line)
            if line:
                ok(b"<html" in get(port, "/").lower(), "the page is there")
                check_running(port)
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            out, err = demo.communicate(timeout=60)
        ok(demo.returncode == 0 and not err, "Ctrl-C ends it in peace",
           f"{demo.returncode} {out} {err}")
        ok(not left_over(demo, directory), "no namespace and no file is left",
           left_over(demo, directory))
    print(f"1..{len(TESTS)}")
    return 0 if all(TESTS) else 1


if __name__ == "__main__":
    sys.exit(main())

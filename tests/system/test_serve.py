#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""sonde serve: built-in checks with kernel stamps, commands, history, restarts, refusals."""
import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import time

from lib import SONDE, Lab, Serve, await_true, done, ok, sonde_programs


def test_builtin():
    before = sonde_programs()
    with Lab() as lab, Serve(lab.a()) as serve:
        up = await_true(lambda: serve.summary()["states"]["up"] == 4, 20)
        checks = serve.checks()
        ok(up and len(checks) == 4, "without a configuration: loopback and responder, v4 and v6, up")
        ok(all(c["row"]["stamp"] == "tc" for c in checks), "with kernel stamps")
        ok(all(0 < c["row"]["rtt_ns"] < 50_000_000 for c in checks), "and plausible RTTs")
        ok(await_true(lambda: serve.summary()["floor"], 20), "the tool knows its own floor")
        status, body = serve.request("DELETE", f"/api/v1/checks/{checks[0]['id']}")
        ok(status == 403 and "detail" in body, "a built-in check cannot be deleted by the API")
        ok(serve.request("GET", "/-/healthy")[0] == 200 and serve.request("GET", "/-/ready")[0] == 200,
           "healthy and ready")
        ok(serve.stop() == 0, "SIGTERM ends it with 0")
    ok(await_true(lambda: not sonde_programs() - before, 5), "nothing of ours is left in the kernel")


def test_commands():
    config = "checks:\n - {target: 198.18.0.1, name: first, interval: 100ms}\n"
    with Lab() as lab:
        lab.respond()
        with Serve(lab.a(), config) as serve:
            add_check(serve)
            kill_and_compare(serve)
            ok(serve.stop() == 0, "ends")


CHECK = {"target": "198.18.0.2", "interval": "100ms", "labels": {"a": "b"}}


def add_check(serve):
    status, made = serve.request("POST", "/api/v1/checks", CHECK)
    answered_ns = time.time_ns()
    ok(status == 201, "a check is added")
    first = await_true(lambda: serve.samples(made["id"]), 5)
    ok(first and int(first[0]["sent_ns"]) - answered_ns < 1_000_000_000, "and measured within a second")
    ok(serve.request("POST", "/api/v1/checks", CHECK)[0] == 200, "again the same: 200")
    ok(serve.request("POST", "/api/v1/checks", dict(CHECK, interval="1s"))[0] == 409, "differing: 409")
    status, body = serve.request("POST", "/api/v1/checks", {"target": "256.1.1.1", "intervall": "1s"})
    ok(status == 400 and len(body["errors"]) >= 2, "mistakes: all at once")


def kill_and_compare(serve):
    check_id = next(c["id"] for c in serve.checks() if c["target"] == "198.18.0.2")
    path = f"/api/v1/checks/{check_id}"
    before = {(s["sent_ns"], s["attempt"]) for s in await_true(lambda: serve.samples(check_id), 5)}
    os.kill(serve.child(), signal.SIGKILL)
    serve.await_log('msg="serving"', 30)
    ok(True, "the guardian starts a killed daemon again")
    again = {c["id"]: c for c in serve.checks()}
    ok(check_id in again and again[check_id]["labels"] == {"a": "b"}, "the added check is still there")
    after = {(s["sent_ns"], s["attempt"]) for s in serve.samples(check_id)}
    ok(before and before <= after, "with all the history that could be read before")
    ok(await_true(lambda: serve.get(path)["row"]["state"] == "up", 10), "and measured")
    ok(serve.request("DELETE", path)[0] == 204, "deleted")
    os.kill(serve.child(), signal.SIGKILL)
    serve.await_log('msg="serving"', 30)
    ok(serve.request("GET", path)[0] == 404, "it stays deleted")


def test_second_daemon():
    with Lab() as lab, Serve(lab.a()) as serve:
        second = Serve(lab.a(), data=serve.data)
        try:
            second.start()
        except RuntimeError:
            pass
        ok('msg="cannot start"' in second.log, "a second daemon on the same data is refused")
        ok(second.stop() == 4, "with exit code 4")
        ok(serve.summary()["healthy"], "the first does not mind")


def test_start_during_end():
    """A successor that is started before the last one has let go of the data waits for it."""
    with Lab() as lab:
        serve = Serve(lab.a())
        os.mkdir(serve.data, 0o700)
        with open(os.path.join(serve.data, "lock"), "w") as predecessor:
            fcntl.flock(predecessor, fcntl.LOCK_EX)
            serve.launch()
            serve.await_log("waiting for another sonde", 20)
        with serve_running(serve):
            ok(serve.summary()["healthy"], "a start during another's end waits, then serves")
            for name, mode in (("", 0o700), ("token", 0o600), ("registry", 0o700), ("journal", 0o700)):
                ok(stat.S_IMODE(os.stat(os.path.join(serve.data, name)).st_mode) == mode,
                   f"{name or 'the directory'} is ours alone")
            for pid in (serve.process.pid, serve.child()):
                os.kill(pid, signal.SIGHUP)
            attempts = serve.summary()["attempts"]
            ok(await_true(lambda: serve.summary()["attempts"] > attempts + 4, 20), "SIGHUP changes nothing")


@contextlib.contextmanager
def serve_running(serve):
    try:
        serve.await_log('msg="serving"', 20)
        yield
    finally:
        ok(serve.stop() == 0, "ends")
        shutil.rmtree(serve.own)


def run(*args):
    return subprocess.run([SONDE, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_refusals():
    bad = f"/tmp/sonde-bad-{os.getpid()}.yaml"
    with open(bad, "w") as f:
        f.write("chekcs: []\nprobing: {rx: fast, rate_cap: 1}\n"
                "checks:\n - targets: [1.2.3.0/30]\n - {target: 1.2.3}\n")
    for command in (["serve", "--config"], ["check-config"]):
        out = run(*command, bad)
        ok(out.returncode == 3, f"{command[0]}: a bad configuration ends with 3")
        ok(out.stderr.count(bad + ":") == 4, f"{command[0]}: every mistake has its place")
    os.unlink(bad)
    ok(run("serve", "--config", "/nonexistent").returncode == 3, "a missing one too")
    ok(run("serve", "--bogus").returncode == 2, "an unknown option ends with 2")
    ok(run("serve", "extra").returncode == 2, "an operand too")
    out = run("check-config", "user/config/sonde.example.yaml")
    ok(out.returncode == 0 and "18 checks" in out.stdout, "the example is good")
    with Lab() as lab:
        out = subprocess.run(lab.a(SONDE, "serve", "--listen", "0.0.0.0:0", "--data", f"/tmp/sonde-d{os.getpid()}"),
                             capture_output=True, text=True)
        ok(out.returncode == 4 and "cannot start" in out.stderr, "beyond loopback without TLS it refuses to start")


test_builtin()
test_commands()
test_second_daemon()
test_start_during_end()
test_refusals()
done()

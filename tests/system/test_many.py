#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""100,000 checks in one configuration: accepted, each measured within its interval, none left out, counted
at the responder; one more is added by the API meanwhile. Time to start and memory are printed."""
import time

from lib import SHORT, Lab, Serve, await_true, done, note, ok

NETWORKS = 40 if SHORT else 390  # of 256 each
CHECKS = NETWORKS * 256 + 160
INTERVAL_S = 10
LOCAL = ["send_error", "not_sent", "local_fault", "resolve_error", "dropped", "blocked"]


def memory_mib(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024


def config():
    nets = [f"198.{18 + i // 256}.{i % 256}.0/24" for i in range(NETWORKS)]
    rest = [f"198.19.200.{i}" for i in range(160)]
    return f"checks:\n - {{targets: [{', '.join(nets + rest)}], interval: {INTERVAL_S}s}}\n"


def add_one(serve):
    before = time.monotonic()
    status, made = serve.request("POST", "/api/v1/checks", {"target": "198.19.201.1", "interval": f"{INTERVAL_S}s"})
    ok(status == 201, f"one more is added while all run ({(time.monotonic() - before) * 1000:.1f} ms)")
    path = f"/api/v1/checks/{made['id']}"
    ok(await_true(lambda: (serve.get(path)["row"] or {}).get("attempts"), 5), "and measured at once")


def read_both(lab, serve):
    """The summary and what the responder had seen no later than that."""
    requests = lab.stat()["requests"]
    return serve.summary(), requests


def main():
    begin = time.monotonic()
    with Lab() as lab:
        lab.respond()
        with Serve(lab.a(), config()) as serve:
            note(f"{time.monotonic() - begin:.1f} s to the lab and {CHECKS} checks served")
            ok(serve.summary()["checks"] == CHECKS, f"{CHECKS} checks are accepted")
            add_one(serve)
            ok(await_true(lambda: serve.summary()["states"]["up"] == CHECKS + 1, 60, every=0.5), "all are up")
            up_ns = serve.summary()["uptime_ns"]
            note(f"all up {up_ns / 1e9:.1f} s after the start, {memory_mib(serve.child()):.0f} MiB")
            before, seen_before = read_both(lab, serve)
            await_true(lambda: serve.summary()["uptime_ns"] - before["uptime_ns"] >= INTERVAL_S * 1e9, 60, every=0.2)
            rows = [c["row"] for c in serve.checks()]
            last = serve.summary()
            seen = lab.stat()["requests"]
            seconds = (last["uptime_ns"] - before["uptime_ns"]) / 1e9
            note(f"{seconds:.1f} s: {last['attempts'] - before['attempts']} attempts closed, "
                 f"{seen - seen_before} requests at the responder")
            ok(len(rows) == CHECKS + 1 and all(r["attempts"] >= 2 and not r["lost"] for r in rows),
               "each was measured again within an interval")
            ok(seen >= last["attempts"] and seen - seen_before >= CHECKS, "the responder saw as many")
            ok(last["classes"]["ok"] == last["attempts"], "every one answered")
            ok(not any(last["classes"][c] for c in LOCAL), "none not sent, none dropped")
            ok(not last["results_dropped"] and not last["store"]["dropped"], "every result kept")
            ok(serve.stop() == 0, "it ends well")


main()
done()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""10,000 checks at 1 Hz: sent as configured (counted at the responder), no false loss; CPU and memory
are printed. 20 s, with DEEP=1 two minutes."""
import os

from lib import DEEP, SHORT, Lab, Serve, await_true, done, note, ok

CHECKS = 2000 if SHORT else 10000
SECONDS = 120 if DEEP else 10 if SHORT else 20


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kib(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def measure(lab, serve):
    pid = serve.child()
    first, seen, cpu = serve.summary(), lab.stat(), cpu_seconds(pid)
    await_true(lambda: serve.summary()["uptime_ns"] - first["uptime_ns"] >= SECONDS * 1_000_000_000,
               SECONDS * 3, every=0.5)
    last, seen_after, cpu_after = serve.summary(), lab.stat(), cpu_seconds(pid)
    seconds = (last["uptime_ns"] - first["uptime_ns"]) / 1e9
    return first, last, seconds, seen_after["requests"] - seen["requests"], cpu_after - cpu, memory_kib(pid)


def main():
    targets = ", ".join(f"198.18.{i}.0/24" for i in range(1, CHECKS // 256 + 1))
    rest = CHECKS - CHECKS // 256 * 256
    targets += "".join(f", 198.18.200.{i}" for i in range(rest))
    with Lab() as lab:
        lab.respond()
        with Serve(lab.a(), f"checks:\n - {{targets: [{targets}], interval: 1s}}\n") as serve:
            ok(await_true(lambda: serve.summary()["states"]["up"] == CHECKS, 60), f"{CHECKS} checks are up")
            first, last, seconds, requests, cpu, rss = measure(lab, serve)
            sent = last["attempts"] - first["attempts"]
            note(f"{seconds:.1f} s: {sent} attempts closed, {requests} requests at the responder, "
                 f"{requests / seconds:.1f}/s")
            note(f"cpu {cpu:.2f} s = {cpu / requests * 1e6:.1f} us a probe, rss {rss / 1024:.1f} MiB")
            note(f"worst lateness of the last second {last['lateness_us']} us")
            # one tick's worth may be on either side of each reading
            ok(abs(requests - CHECKS * seconds) <= CHECKS * 0.1 + CHECKS * seconds * 0.002,
               "the responder saw what was configured")
            ok(last["loss_ratio"] == 0 and last["classes"]["lost"] == 0 and last["classes"]["late"] == 0,
               "no false loss")
            local = ["not_sent", "send_error", "dropped", "local_fault", "resolve_error", "blocked"]
            ok(not any(last["classes"][c] for c in local), "none not sent, none dropped")
            ok(last["results_dropped"] == 0 and last["store"]["dropped"] == 0, "every result kept")
            ok(last["store"]["errors"] == 0 and last["store"]["samples"] > first["store"]["samples"],
               "and committed")


main()
done()

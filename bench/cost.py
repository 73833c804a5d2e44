#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""What a probe costs: CPU time and memory of `sonde serve` with 10,000 checks at 1 Hz, store and API
included, beside `fping -l` at the rate it can keep (its sequence map ends at 6,553/s)."""
import os
import select
import statistics
import subprocess
import sys

sys.path.insert(0, "tests/system")
from lib import Lab, Serve, await_true, end  # noqa: E402

FULL = bool(os.environ.get("FULL"))
ROUNDS = 3
SECONDS = 60 if FULL else 10
TICK = os.sysconf("SC_CLK_TCK")


def machine_busy():
    """CPU seconds all cores were busy so far: idle time is accounted exactly, softirq with it."""
    with open("/proc/stat") as f:
        fields = [int(n) for n in f.readline().split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4] - fields[7]) / TICK


def process_cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss_mib(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024


def wait(seconds):
    select.select([], [], [], seconds)


def window(lab, pid):
    """(process us a probe, machine us a probe, probes/s, rss) over one window, counted at the responder."""
    seen, cpu, busy = lab.stat()["requests"], process_cpu(pid), machine_busy()
    wait(SECONDS)
    probes = lab.stat()["requests"] - seen
    return ((process_cpu(pid) - cpu) / probes * 1e6, (machine_busy() - busy) / probes * 1e6, probes / SECONDS,
            rss_mib(pid))


def run_sonde(lab):
    targets = ", ".join(f"198.18.{i}.0/24" for i in range(1, 40)) + "".join(f", 198.18.200.{i}" for i in range(16))
    with Serve(lab.a(), f"checks:\n - {{targets: [{targets}], interval: 1s}}\n") as serve:
        await_true(lambda: serve.summary()["states"]["up"] == 10000, 60, every=0.5)
        return window(lab, serve.child())


def run_fping(lab):
    targets = [f"198.18.{i // 250}.{i % 250 + 1}" for i in range(5000)]
    process = subprocess.Popen(lab.a("fping", "-l", "-q", "-p", "1000", "-i", "0", "-b", "56"), stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    process.stdin.write("\n".join(targets))
    process.stdin.close()
    wait(2)
    try:
        return window(lab, process.pid)
    finally:
        end(process)


def main():
    rows = {"sonde serve, 10,000 checks": run_sonde, "fping -l, 5,000 targets": run_fping}
    results = {name: [] for name in rows}
    with Lab() as lab:
        lab.respond()
        for _ in range(ROUNDS):
            for name, run in rows.items():
                results[name].append(run(lab))
    print(f"cost of a probe at 1 Hz; medians of {ROUNDS}, {SECONDS} s each, counted at the responder")
    print(f"{'':30}{'probes/s':>10}{'process us':>12}{'machine us':>12}{'rss MiB':>9}")
    for name, values in results.items():
        process, machine, rate, rss = (statistics.median(v) for v in zip(*values))
        print(f"{name:30}{rate:10.0f}{process:12.1f}{machine:12.1f}{rss:9.1f}")


main()

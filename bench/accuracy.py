#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""How wrong is an RTT? Every probe's RTT against the time the responder held it, by its own log.

For each rung of sonde's ladder and for fping and ping, in turn and several times (A B C A B C), once
idle and once with all cores busy: the floor (median of RTT - hold, idle) and the error,
|RTT - hold - floor|, at p50 and p99 of the rounds' medians. The rate is the same for all.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, "tests/system")
from lib import LAB, SONDE, Lab, end  # noqa: E402

FULL = bool(os.environ.get("FULL"))
ROUNDS = 5 if FULL else 3
TARGETS = [f"198.18.0.{i}" for i in range(1, 51)]
COUNT = 100 if FULL else 40  # probes a target and round; 1,000/s in all
RULES = "198.18.0.0/15 delay=200us jitter=100us\n"
TOOLS = ["sonde xdp", "sonde tc", "sonde socket", "sonde clock", "fping", "ping"]


def read_truth(path):
    """{(address, ordinal): hold in ns}"""
    holds = {}
    with open(path) as lines:
        names = next(lines).lstrip("#").rstrip("\n").split("\t")
        for line in lines:
            row = dict(zip(names, line.rstrip("\n").split("\t")))
            if row["hold_ns"] not in ("", "-"):
                holds[row["address"], int(row["attempt"])] = int(row["hold_ns"])
    return holds


def run_sonde(lab, rung):
    out = subprocess.run(lab.a(SONDE, "ping", "--json", "--rx", rung, "-c", str(COUNT), "-p", "50", "-i", "1",
                               *TARGETS), capture_output=True, text=True).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    return {(r["addr"], r["seq"]): r["rtt_ns"] for r in rows if r.get("class") == "ok"}


def run_fping(lab):
    out = subprocess.run(lab.a("fping", "-c", str(COUNT), "-p", "50", "-i", "1", "-b", "56", *TARGETS),
                         capture_output=True, text=True).stdout
    found = re.findall(r"^(\S+)\s*: \[(\d+)\], \d+ bytes, ([\d.]+) ms", out, re.M)
    return {(a, int(n)): float(ms) * 1e6 for a, n, ms in found}


def run_ping(lab):
    """ping has one target each; all at once make the same rate."""
    started = [subprocess.Popen(lab.a("ping", "-c", str(COUNT), "-i", "0.05", "-s", "56", t),
                                stdout=subprocess.PIPE, text=True) for t in TARGETS]
    found = {}
    for target, process in zip(TARGETS, started):
        for n, ms in re.findall(r"icmp_seq=(\d+) .*time=([\d.]+) ms", process.communicate()[0]):
            found[target, int(n) - 1] = float(ms) * 1e6
    return found


def run_tool(lab, own, tool):
    """One round: the differences RTT - hold in ns."""
    rules, truth = os.path.join(own, "rules"), os.path.join(own, "truth")
    with open(rules, "w") as f:
        f.write(RULES)
    emulator = lab.start_b(LAB, "emulate", "--iface", "sl1", "--rules", rules, "--truth", truth,
                           stdout=subprocess.PIPE, text=True)
    emulator.stdout.readline()
    rtts = run_sonde(lab, tool.split()[1]) if tool.startswith("sonde") else \
        run_fping(lab) if tool == "fping" else run_ping(lab)
    end(emulator)
    holds = read_truth(truth)
    return [rtt - holds[key] for key, rtt in rtts.items() if key in holds]


def quantile(values, q):
    ordered = sorted(values)
    return ordered[int(q * (len(ordered) - 1))]


def measure(lab, own):
    rounds = {tool: [] for tool in TOOLS}
    for _ in range(ROUNDS):
        for tool in TOOLS:
            rounds[tool].append(run_tool(lab, own, tool))
    return rounds


def error_of(rounds, floor, q):
    return statistics.median(quantile([abs(d - floor) for d in r], q) for r in rounds) / 1000


def main():
    with Lab() as lab, tempfile.TemporaryDirectory(prefix="sonde-bench-") as own:
        idle = measure(lab, own)
        stress = subprocess.Popen(["stress-ng", "--cpu", str(os.cpu_count()), "--timeout", "600s", "--quiet"])
        busy = measure(lab, own)
        end(stress)
    print(f"RTT error against the responder's hold, us; {len(TARGETS)} targets, 1,000 probes/s, medians of {ROUNDS}")
    print(f"{'':14}{'floor':>9}{'idle p50':>11}{'idle p99':>11}{'busy p50':>11}{'busy p99':>11}{'matched':>12}")
    for tool in TOOLS:
        floor = statistics.median(quantile(r, 0.5) for r in idle[tool])
        cells = [floor / 1000] + [error_of(r[tool], floor, q) for r in (idle, busy) for q in (.5, .99)]
        matched = sum(len(r) for r in idle[tool] + busy[tool])
        wanted = 2 * ROUNDS * COUNT * len(TARGETS)
        print(f"{tool:14}{cells[0]:9.1f}" + "".join(f"{c:11.1f}" for c in cells[1:]) + f"{matched:>7}/{wanted}")


main()

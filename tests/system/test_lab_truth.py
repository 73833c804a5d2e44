#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Attempts against the lab's truth where it is hardest: ICMP errors of every kind on every rung, two
sondes at once under every fault, a pinger that copies id, payload and slots, and stored samples."""
import json
import os
import subprocess
import sys
import tempfile
import time

from lib import LAB, SONDE, Lab, Serve, await_true, done, end, note, ok

EVERY4 = ("loss=5% duplicate=5%:2 corrupt=5% late=5% expired=2% wrong_source=5% reorder=5%:20ms "
          "error=2%:3/1 error=2%:11/0:quote=28 error=2%:3/4:mtu=1400 error=1%:12/0")
# IPv6 routers quote all that fits (RFC 4443 2.4 c); the kernel path wants the identity at least.
EVERY6 = ("loss=5% duplicate=5%:2 corrupt=5% late=5% expired=2% wrong_source=5% reorder=5%:20ms "
          "error=2%:1/3 error=2%:3/0:quote=80 error=2%:2/0:mtu=1280 error=1%:4/1")
WINDOW = ["-t", "500", "--late", "1000"]
COMPARE = [sys.executable, "tools/lab/compare.py"]
PINGER = [sys.executable, "tests/system/lab_pinger.py", "-t", "0.5", "-l", "1"]


class Emulator:
    """The emulator at work; after the block its truth is complete."""

    def __init__(self, lab, directory, *rules):
        self.lab = lab
        self.rules, self.truth = f"{directory}/rules", f"{directory}/truth"
        with open(self.rules, "w", encoding="ascii") as out:
            out.write("\n".join(rules) + "\n")

    def __enter__(self):
        self.process = self.lab.start_b(LAB, "emulate", "--iface", "sl1", "--rules", self.rules,
                                        "--truth", self.truth, "--timeout", "500ms",
                                        "--late-window", "1s", stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *args):
        end(self.process)
        report = json.loads(self.process.stdout.read())
        assert report["no_room"] == 0, report

    def rows(self):
        """Of the truth so far written."""
        with open(self.truth, encoding="ascii") as lines:
            names = next(lines).lstrip("#").rstrip("\n").split("\t")
            return [dict(zip(names, line.rstrip("\n").split("\t"))) for line in lines]


def start_ping(lab, path, *args):
    with open(path, "w", encoding="ascii") as out:
        return subprocess.Popen(lab.a(SONDE, "ping", "--json", *WINDOW, *args), stdout=out)


def agrees(truth, *args):
    result = subprocess.run([*COMPARE, truth, *args], capture_output=True, text=True, check=False)
    for line in (result.stdout + result.stderr).splitlines():
        note(line)
    return result.returncode == 0


# Every code of every type that tells an error, and messages that are none: for host i its own.
KINDS4 = ([f"3/{code}" for code in range(16)] + ["3/4:mtu=576", "11/0", "11/1", "12/0", "12/1"] +
          ["3/1:quote=28", "3/1:quote=36", "3/1:quote=27", "11/0:quote=20"] + ["4/0", "5/1", "0/0", "255/0"])
KINDS6 = ([f"1/{code}" for code in range(8)] + ["2/0:mtu=1280", "3/0", "3/1", "4/0", "4/1", "4/2"] +
          ["1/0:quote=80", "1/0:quote=47"] + ["100/0", "129/0", "137/0"])


def test_errors(lab, directory, rung):
    results = f"{directory}/results"
    rules = [f"198.18.8.{i} error=100%:{kind}" for i, kind in enumerate(KINDS4)]
    rules += [f"fd00:51::8:{i:x} error=100%:{kind}" for i, kind in enumerate(KINDS6)]
    with Emulator(lab, directory, *rules) as emulator:
        start_ping(lab, results, "--rx", rung, "-c", "2", "-p", "100", "-i", "1",
                   *(rule.split()[0] for rule in rules)).wait()
    ok(agrees(emulator.truth, results), f"{rung}: ICMP errors of {len(rules)} kinds, type and code")


def test_second_sonde(lab, directory):
    paths = [f"{directory}/first", f"{directory}/second"]
    with Emulator(lab, directory, f"198.18.0.0/15 {EVERY4}", f"fd00:51::/32 {EVERY6}") as emulator:
        targets = ["198.18.6.0/26", *(f"fd00:51::{i:x}" for i in range(1, 33))]
        pings = [start_ping(lab, path, "-c", "10", "-p", "200", "-i", "0.5", *targets)
                 for path in paths]
        for ping in pings:
            ping.wait()
    for path, name in zip(paths, ("first", "second")):
        ok(agrees(emulator.truth, "--probers", "2", path), f"two sondes at once: the {name} is right")


def test_same_ids(lab, directory):
    """The other pinger's payload is sonde's, with slots from 0 up, and its id is our check's."""
    target, ours, theirs = "198.18.7.7", f"{directory}/ours", f"{directory}/theirs"
    with Emulator(lab, directory, f"198.18.0.0/15 {EVERY4}") as emulator:
        with open(theirs, "w", encoding="ascii") as out:
            pinger = subprocess.Popen(lab.a(*PINGER, "--mimic", "-c", "200", "-i", "0.01", target),
                                      stdout=out)
        start_ping(lab, ours, "-c", "200", "-p", "20", target).wait()
        pinger.wait()
    pairs = [(row["address"], row["attempt"], row["id"]) for row in emulator.rows()]
    shared = len(pairs) - len(set(pairs))
    note(f"{shared} attempts of both with one id")
    ok(shared > 100, "both use one ICMP id")
    ok(agrees(emulator.truth, "--probers", "2", ours), "sonde keeps its own replies")
    ok(agrees(emulator.truth, "--probers", "2", theirs), "and leaves the other pinger's alone")


def test_serve(lab, directory):
    """The daemon's stored samples, through the API, of every attempt that is closed for good."""
    hosts = [f"198.18.9.{i}" for i in range(1, 21)] + [f"fd00:51::9:{i:x}" for i in range(1, 21)]
    config = ("defaults: {interval: 100ms, timeout: 500ms, late: 1s}\n"
              "probing: {builtin: false}\nchecks:\n"
              f"  - {{targets: [{', '.join(json.dumps(host) for host in hosts)}]}}\n")
    wrong, compared = [], 0
    with Emulator(lab, directory, f"198.18.0.0/15 {EVERY4}", f"fd00:51::/32 {EVERY6}") as emulator:
        with Serve(lab.a(), config) as serve:
            await_true(lambda: serve.summary()["attempts"] > 60 * len(hosts), 60, every=0.2)
            until = time.time_ns()
            # the late window of the last of them, and a commit
            await_true(lambda: time.time_ns() > until + 4_000_000_000, 10, every=0.2)
            samples = {check["target"]: serve.get(f"/api/v1/checks/{check['id']}/samples?"
                                                  f"limit=100000&to={until}")
                       for check in serve.checks()}
    for host, answer in samples.items():
        with open(f"{directory}/samples", "w", encoding="ascii") as out:
            json.dump(answer, out)
        compared += len(answer["rows"])
        result = subprocess.run([*COMPARE, "--address", host, emulator.truth, f"{directory}/samples"],
                                capture_output=True, text=True, check=False)
        if result.returncode:
            wrong.append(result.stdout + result.stderr)
    ok(len(samples) == len(hosts) and compared > 50 * len(hosts) and not wrong,
       f"serve: {compared} stored samples of {len(hosts)} checks are what they were")
    for text in wrong[:3]:
        for line in text.splitlines():
            note(line)


def main():
    if os.geteuid():
        print("1..0 # SKIP needs root")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory, Lab() as lab:
        for rung in "tc", "xdp", "socket", "clock":
            test_errors(lab, directory, rung)
        test_second_sonde(lab, directory)
        test_same_ids(lab, directory)
        test_serve(lab, directory)
    ok(await_true(lambda: not os.path.exists(f"/run/netns/{lab.name}-a"), 5), "the lab is gone")


main()
done()

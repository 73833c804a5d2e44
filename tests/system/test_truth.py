#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""200,000 echoes through a network that loses 10 %, duplicates 5 %, corrupts 1 % and delays 1 % beyond
the timeout: every attempt's class must be the responder's truth for its sequence number. Then the same,
shorter, with every other fault the lab knows and on every rung of the ladder, IPv4 and IPv6."""
import os
import subprocess
import tempfile

from lib import LAB, SHORT, SONDE, Lab, done, end, note, ok

FAULTS = "loss=10% duplicate=5% corrupt=1% late=1%"
PROMISED = "198.18.0.0/15 {0}\nfd00:51::/32 {0}\n".format(FAULTS)
OTHERS = "198.18.0.0/15 {0}\nfd00:51::/32 {0}\n".format(
    "loss=2% duplicate=2%:3 corrupt=2% late=2% expired=1% wrong_source=2% reorder=2% error=2%:3/1 error=1%:11/0 "
    "delay=200us jitter=100us")


def probe(lab, own, rules, targets, count, ping_args):
    """One emulator, one ping; the comparer's verdict and words."""
    paths = {n: os.path.join(own, n) for n in ("rules", "truth", "json")}
    with open(paths["rules"], "w") as f:
        f.write(rules)
    emulator = lab.start_b(LAB, "emulate", "--iface", "sl1", "--rules", paths["rules"], "--truth", paths["truth"],
                           "--seed", "7", "--timeout", "300ms", "--late-window", "1s",
                           stdout=subprocess.PIPE, text=True)
    emulator.stdout.readline()  # "ready"
    with open(paths["json"], "w") as f:
        code = subprocess.run(lab.a(SONDE, "ping", "--json", "-c", str(count), "-t", "300", "--late", "1000",
                                    *ping_args, *targets), stdout=f).returncode
    end(emulator)
    verdict = subprocess.run(["tools/lab/compare.py", paths["truth"], paths["json"]], capture_output=True, text=True)
    with open(paths["truth"]) as f:
        seen = sum(1 for _ in f) - 1  # a line of names, then one a request
    return code, verdict, seen


def main():
    with Lab() as lab, tempfile.TemporaryDirectory(prefix="sonde-truth-") as own:
        count = 20 if SHORT else 100
        code, verdict, seen = probe(lab, own, PROMISED, ["198.18.0.0/22", "198.18.4.0/23", "198.18.6.0/24", "198.18.7.0/25",
                                                   "fd00:51::/121"] if not SHORT else ["198.18.0.0/24"],
                              count, ["-i", "0.05", "-p", "100"])
        for line in (verdict.stdout + verdict.stderr).splitlines():
            note(line)
        ok(verdict.returncode == 0 and code == 0, "every attempt's class is the responder's truth")
        # attempts that never left would agree with any truth: the responder's own count decides
        ok(seen >= (5_000 if SHORT else 200_000), f"{seen} of them came to the responder")
        for rx in ("tc", "xdp", "socket", "clock"):
            _, verdict, _ = probe(lab, own, OTHERS, ["198.18.0.0/27", "fd00:51::/123"], 10 if SHORT else 40,
                               ["-i", "0.2", "-p", "50", "--rx", rx])
            if not ok(verdict.returncode == 0, f"every other fault, by {rx}"):
                for line in (verdict.stdout + verdict.stderr).splitlines():
                    note(line)


main()
done()

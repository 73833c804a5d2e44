#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""`sonde ping` against real stacks: every rung, both families, many targets, sums that agree."""
import json
import re
import signal
import time

from lib import SHORT, done, end, note, ok
from ping_net import Net

CLASSES = ["ok", "lost", "late", "icmp_error", "refused", "invalid", "send_error", "not_sent",
           "local_fault", "resolve_error", "dropped", "blocked"]
FIELDS = ["target", "addr", "seq", "class", "rtt_ns", "submit_delay_ns", "ts", "ttl"]


def agrees(attempts, summary):
    """Does the summary say what the objects say?"""
    counted = {c: sum(a["class"] == c for a in attempts) for c in CLASSES}
    rtts = sorted(a["rtt_ns"] for a in attempts if a["class"] == "ok")
    good = all(summary[c] == counted[c] for c in CLASSES)
    good = good and summary["attempts"] == len(attempts) == sum(counted.values())
    good = good and len({(a["target"], a["seq"]) for a in attempts}) == len(attempts)
    if rtts:
        good = good and summary["rtt_min_ns"] == rtts[0] and summary["rtt_max_ns"] == rtts[-1]
    return good


def test_rungs(net):
    for rung in "tc", "socket", "clock", "xdp":
        targets = ["198.18.0.1", "fd00:9::1"] + (["127.0.0.1", "::1"] if rung != "xdp" else [])
        code, attempts, summary = net.json("-c", "3", "-p", "200", "--rx", rung, *targets)
        if not ok(code == 0 and summary["ok"] == 3 * len(targets) and agrees(attempts, summary),
                  f"{rung}: everything is answered, v4 and v6"):
            note(attempts)
        # the kernel starts to stamp for sockets a moment after the first one asks for it
        if not ok({a["ts"] for a in attempts if a["seq"] or rung != "socket"} == {rung},
                  f"{rung}: every result says so"):
            note(attempts)
        ok(all(list(a)[:8] == FIELDS and 0 < (a["rtt_ns"] or 0) < 10**9 and a["ttl"] == 64
               for a in attempts), f"{rung}: RTT and TTL are there")
    code, attempts, _ = net.json("-c", "2", "-p", "200", "--tc", "clsact", "198.18.0.1", "fd00:9::1")
    ok(code == 0 and {a["ts"] for a in attempts} == {"tc"}, "clsact measures as TCX does")


def test_silence(net):
    code, attempts, summary = net.json("-c", "2", "-p", "200", "-t", "100", "--late", "50",
                                       "198.18.128.1", "198.18.0.1")
    ok(code == 1 and summary["lost"] == 2 and summary["ok"] == 2 and agrees(attempts, summary),
       "a silent target is lost, and the exit code says so")
    ok(summary["loss_ratio"] == 0.5, "half of them is a ratio of a half")
    code, attempts, summary = net.json("-c", "1", "-t", "500", "198.19.0.7")
    ok(code == 1 and summary["icmp_error"] == 1 and agrees(attempts, summary),
       "what a router refuses is an ICMP error")
    ok(attempts[0].get("icmp_type") == 3 and attempts[0].get("icmp_code") == 1 and
       attempts[0].get("from") == "198.19.255.2", "it tells which, and who said so")


def test_text(net):
    done_ = net.ping("-c", "2", "-p", "200", "198.18.0.1", "fd00:9::1")
    line = r"(198\.18\.0\.1|fd00:9::1 ) : \[[01]\], 64 bytes, \d+\.\d{3} ms \(\d+\.\d{3} avg, 0% loss\)"
    whole = (rf"({line}\n){{4}}\n"
             r"198\.18\.0\.1 : xmt/rcv/%loss = 2/2/0%, min/avg/max = [\d.]+/[\d.]+/[\d.]+\n"
             r"fd00:9::1  : xmt/rcv/%loss = 2/2/0%, min/avg/max = [\d.]+/[\d.]+/[\d.]+\n"
             r"\n2 targets, 2 answered; 4 sent, 4 answers, 0% loss\nrtt min.*\n")
    if not ok(re.fullmatch(whole, done_.stdout) and not done_.stderr, "lines and summary"):
        note(done_.stdout + done_.stderr)
    done_ = net.ping("-q", "-c", "1", "198.18.0.1")
    ok(done_.stdout.count("\n") == 2, "quiet is only the summary")
    done_ = net.ping("-c", "1", "198.19.0.7")
    ok("[0], host unreachable from 198.19.255.2" in done_.stdout, "ICMP errors are said in words")


def test_lists(net):
    code, attempts, _ = net.json("-c", "1", "-", input="198.18.0.1 # one\n#198.18.0.9\n\nfd00:9::1",
                                 stdin=None)
    ok(code == 0 and [a["target"] for a in attempts] == ["198.18.0.1", "fd00:9::1"],
       "a list on standard input, with comments")
    code, attempts, _ = net.json("-c", "1", "-i", "1", "fd00:9::/125", "198.18.0.7/29")
    ok(code == 0 and len({a["addr"] for a in attempts}) == 16, "networks, v4 and v6")


def test_names(net):
    code, attempts, _ = net.json("-c", "1", "-4", "localhost")
    ok(code == 0 and attempts[0]["target"] == "localhost" and attempts[0]["addr"] == "127.0.0.1",
       "a name is resolved")
    start = time.monotonic()
    code, attempts, summary = net.json("-c", "2", "-p", "200", "--dns", "127.0.0.1:9",
                                       "nosuch.example", "198.18.0.1")
    ok(code == 1 and summary["ok"] == 2 and summary["resolve_error"] == 1 and
       agrees(attempts, summary) and time.monotonic() - start < 20,
       "a dead resolver costs its names, nothing else")
    said = net.ping("-c", "1", "--dns", "127.0.0.1:9", "nosuch.example").stderr
    ok(said.count("nosuch.example") == 1, "which is said once")


def test_parameters(net):
    code, _, summary = net.json("-c", "2", "-p", "200", "-b", "1000", "--ttl", "9", "--dscp", "46",
                                "--df", "198.18.0.1", "-S", "198.19.255.1", "-I", "sp0")
    ok(code == 0 and summary["ok"] == 2, "size, TTL, DSCP, DF, source, interface")
    for size in "0", "17", "18", "1472", "5000":
        code, _, summary = net.json("-c", "2", "-p", "200", "-b", size, "198.18.0.1", "fd00:9::1")
        ok(code == 0 and summary["ok"] == 4, f"a payload of {size} bytes")
    code, attempts, summary = net.json("-c", "1", "-b", "5000", "--df", "198.18.0.1")
    ok(code == 1 and summary["ok"] == 0 and agrees(attempts, summary),
       "too big to be sent whole is no loss of the network's" if not summary["lost"] else
       "too big to be sent whole is lost")


def test_many(net):
    prefix, targets = ("198.18.0.0/20", 4096) if SHORT else ("198.18.0.0/17", 32768)
    start = time.monotonic()
    code, attempts, summary = net.json("-c", "2", "-i", "0", "--rate-cap", "10000", prefix)
    took = time.monotonic() - start
    note(f"{2 * targets} probes in {took:.1f} s")
    ok(code == 0 and summary["ok"] == 2 * targets == summary["sent"], f"all of {prefix}, none lost")
    ok(agrees(attempts, summary), "each attempt once, and the sums agree")
    ok(took < 2 * targets / 10000 + 5, "at the rate that was asked for")


def test_interrupt(net):
    process = net.start("-l", "-p", "20", "198.18.0.1")
    for _ in range(3):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    ok(process.wait(10) == 0 and "xmt/rcv/%loss" in rest, "Ctrl-C ends it with the summary")
    process = net.start("-l", "-p", "20", "198.18.0.1")
    process.stdout.readline()
    process.send_signal(signal.SIGQUIT)
    seen = ""
    while "xmt/rcv/%loss" not in seen:
        seen = process.stdout.readline()
    ok(process.poll() is None, "Ctrl-\\ prints one and goes on")
    ok(end(process, signal.SIGTERM) == 0, "TERM ends it too")


def test_stopped(net):
    process = net.start("--json", "-c", "50", "-p", "10", "198.18.0.1", "fd00:9::1")
    process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.3)  # thirty periods
    process.send_signal(signal.SIGCONT)
    summary = json.loads(process.stdout.read().splitlines()[-1])
    ok(process.wait(10) == 0 and summary["sent"] == summary["ok"] == 100 and not summary["not_sent"],
       "stopped for many periods, a counted ping sends late what it owes")


def main():
    with Net() as net:
        test_rungs(net)
        test_silence(net)
        test_text(net)
        test_lists(net)
        test_names(net)
        test_parameters(net)
        test_many(net)
        test_interrupt(net)
        test_stopped(net)
    done()


main()

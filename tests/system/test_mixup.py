#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Nobody else's reply is ever ours, and ours is nobody else's: 1,000,000 forged replies of the right
shape, a second pinger with our ICMP ids, a second sonde on the same targets."""
import json
import os
import re
import subprocess
import tempfile

from lib import DEEP, LAB, SHORT, SONDE, Lab, done, end, note, ok

FORGED = 50_000 if SHORT else 1_000_000
RATE = 15_000 if SHORT else 500_000  # a second: enough of our own probes must close meanwhile
UP, DOWN = "198.18.0.1", "198.18.9.9"


def start_ping(lab, *args):
    return subprocess.Popen(lab.a(SONDE, "ping", "--json", *args), stdout=subprocess.PIPE, text=True)


def finish_ping(process):
    """(attempts, summary)"""
    out, _ = process.communicate()
    rows = [json.loads(line) for line in out.splitlines()]
    return rows[:-1], rows[-1]


def test_forged(lab, own, rx):
    rules = os.path.join(own, "rules")
    with open(rules, "w") as f:
        f.write("198.18.0.0/15 blackhole\nfd00:51::/32 blackhole\n")
    emulator = lab.start_b(LAB, "emulate", "--iface", "sl1", "--rules", rules, stdout=subprocess.PIPE, text=True)
    emulator.stdout.readline()  # "ready"
    ping = start_ping(lab, "--rx", rx, "-l", "-i", "0.2", "-p", "50", "-t", "500", "--late", "500",
                      "198.18.0.0/25", "fd00:51::/121")
    forger = subprocess.run(lab.b(LAB, "forge", "--iface", "sl1", "--count", str(FORGED), "--wait", "10s",
                                   "--rate", str(RATE)),
                            capture_output=True, text=True)
    ping.send_signal(2)
    attempts, summary = finish_ping(ping)
    end(emulator)
    sent = [int(n) for n in re.findall(r"\d+", forger.stdout)]
    note(f"{rx}: {forger.stdout.split()[-1]}; {summary['sent']} probes in flight meanwhile")
    ok(forger.returncode == 0 and max(sent, default=0) >= FORGED, f"{rx}: {FORGED} forged replies were sent")
    ok(summary["sent"] > 1000 and summary["ok"] == summary["late"] == summary["duplicate"] == 0,
       f"{rx}: none was accepted, neither in time nor late nor as a duplicate")
    ok(summary["wrong_source"] > 0, f"{rx}: those that only lie about their source are counted as such")


def icmp_id_of(lab, target):
    """The id of the next echo request to @target, seen on the wire by a helper inside the namespace."""
    code = ("import socket,struct,sys\n"
            "s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW,socket.htons(3));s.bind(('sl1',0));s.settimeout(20)\n"
            "while 1:\n"
            " p=s.recv(2048)\n"
            f" if p[12:14]==b'\\x08\\0' and p[23]==1 and p[30:34]==socket.inet_aton('{target}') and p[34]==8:\n"
            "  print(struct.unpack('!H',p[38:40])[0]);break\n")
    return int(subprocess.run(lab.b("python3", "-c", code), capture_output=True, text=True, check=True).stdout)


def test_same_ids(lab, own):
    rules = os.path.join(own, "rules")
    with open(rules, "w") as f:
        f.write(f"198.18.0.0/15 delay=1ms\n{DOWN}/32 blackhole\n")
    emulator = lab.start_b(LAB, "emulate", "--iface", "sl1", "--rules", rules, stdout=subprocess.PIPE, text=True)
    emulator.stdout.readline()
    ping = start_ping(lab, "-l", "-p", "20", "-i", "1", "-t", "200", "--late", "200", UP, DOWN)
    pingers = []
    for target in UP, DOWN:  # the stranger uses the ids of both, at the host that answers
        pingers.append(subprocess.Popen(lab.a("ping", "-q", "-e", str(icmp_id_of(lab, target)), "-c", "300", "-i", "0.01",
                                              "-s", "56", UP), stdout=subprocess.PIPE, text=True))
    said = [p.communicate()[0] for p in pingers]
    ping.send_signal(2)
    attempts, summary = finish_ping(ping)
    end(emulator)
    by_target = {t: {a["class"] for a in attempts if a["target"] == t} for t in (UP, DOWN)}
    ok(all("300 received" in s and "duplicates" not in s for s in said),
       "a second pinger with our ids gets every reply of its own, once")
    ok(by_target[UP] == {"ok"} and by_target[DOWN] == {"lost"},
       "its replies make no dead host alive, and take none of ours")
    ok(not any(summary[k] for k in ("duplicate", "corrupt", "wrong_source")), "nor do they count as anything of ours")


def test_two_sondes(lab):
    lab.respond()
    args = ["-c", "30", "-i", "0.1", "-p", "50", "198.18.0.0/24", "fd00:51::/121"]
    both = [start_ping(lab, *args) for _ in range(2)]
    results = [finish_ping(p) for p in both]
    for (attempts, summary), which in zip(results, ("one", "the other")):
        good = summary["ok"] == summary["attempts"] == 30 * 384 and \
            not any(summary[k] for k in ("duplicate", "corrupt", "wrong_source"))
        ok(good, f"two sondes at once: {which} gets all of its own and nothing else")


def main():
    with Lab() as lab, tempfile.TemporaryDirectory(prefix="sonde-mixup-") as own:
        for rx in ["tc"] if SHORT else ["tc", "xdp", "socket"] if DEEP else ["tc", "xdp"]:
            test_forged(lab, own, rx)
        test_same_ids(lab, own)
        test_two_sondes(lab)


main()
done()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""`sonde doctor`: true findings, a mend for each, and hands off every interface."""
import json
import os
import pty
import subprocess

from lib import SONDE, done, note, ok


def run(*command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **kwargs)


def findings(*command):
    ran = run(*command, SONDE, "doctor", "--json")
    report = json.loads(ran.stdout)
    by_topic = {}
    for finding in report["findings"]:
        by_topic.setdefault(finding["topic"], []).append(finding)
    return ran.returncode, report, by_topic


def on_terminal(env):
    """What it prints when standard output is a terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(SONDE, [SONDE, "doctor"], env)
    text = b""
    try:
        while chunk := os.read(fd, 65536):
            text += chunk
    except OSError:
        pass
    os.waitpid(pid, 0)
    return text


def test_report():
    code, report, topics = findings()
    counted = {level: sum(f["level"] == level for f in report["findings"])
               for level in ("ok", "warn", "bad")}
    ok(counted == {level: report[level] for level in counted}, "the sums are those of the findings")
    ok(code == (1 if report["bad"] else 0), "the exit code follows from them")
    ok({"kernel", "BTF", "io_uring", "BPF", "TCX", "clock", "time", "rights", "conntrack",
        "open files", "lo"} <= set(topics), "every group of checks is there")
    ok(all(f["cost"] and f["mend"] for f in report["findings"] if f["level"] != "ok"),
       "whatever is not well tells its cost and how to mend it")
    text = run(SONDE, "doctor").stdout
    ok("\033" not in text and all(f["text"] in text for f in report["findings"]
                                  if not f["text"][0].isdigit()), "text says the same, uncoloured")


def test_colour():
    plain = {"TERM": "xterm", "PATH": os.environ["PATH"]}
    ok(b"\033[3" in on_terminal(plain), "a terminal gets colours")
    ok(b"\033" not in on_terminal({**plain, "NO_COLOR": "1"}), "not with NO_COLOR")
    ok(b"\033" not in on_terminal({**plain, "TERM": "dumb"}), "nor when it is dumb")


def test_lacks():
    code, _, topics = findings("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")
    lacking = {f["text"] for f in topics["rights"] if f["level"] != "ok"}
    ok(code == 1 and {"no CAP_NET_RAW", "no CAP_NET_ADMIN", "no CAP_BPF"} <= lacking,
       "without rights it names each")
    ok(topics["BPF"][0]["level"] == "bad" and "TCX" not in topics, "and that BPF is refused")
    code, _, topics = findings("unshare", "-T", "--monotonic", "5000", "--fork")
    if not ok(code == 1 and "-5000" in topics["time"][0]["text"], "a time namespace is noticed"):
        note(topics["time"])


def test_interfaces():
    name = f"sd{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    inside = ["ip", "netns", "exec", name]
    try:
        for line in "link add va type veth peer name vb", "link set va up mtu 1400", "link set lo up":
            subprocess.run([*inside, "ip", *line.split()], check=True)
        before = run(*inside, "sh", "-c", "ip -d link; tc qdisc show; tc filter show dev va ingress")
        _, _, topics = findings(*inside)
        after = run(*inside, "sh", "-c", "ip -d link; tc qdisc show; tc filter show dev va ingress")
        ok(before.stdout == after.stdout, "looking changes nothing")
        ok(topics["va"][0]["text"].startswith("veth, MTU 1400, no carrier, native XDP"),
           "driver, MTU, carrier and XDP of a veth")
        ok(topics["vb"][0]["text"].startswith("veth, MTU 1500, down"), "and that one is down")
        ran = run(*inside, SONDE, "doctor", "--interface", "vb")
        ok("ip link set vb up" in ran.stdout and "va " not in ran.stdout, "asked for, it tells the mend")
    finally:
        subprocess.run(["ip", "netns", "del", name])


def main():
    test_report()
    test_colour()
    test_lacks()
    test_interfaces()
    done()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Whatever way `sonde ping` ends, no program and no filter of it stays."""
import glob
import json
import os
import signal
import subprocess

from lib import SHORT, await_true, done, note, ok
from ping_net import Net, run

ROUNDS = 2 if SHORT else 5


def programs(pid):
    """Ids of the BPF programs a process holds."""
    ids = set()
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        try:
            with open(path) as f:
                ids |= {int(line.split()[1]) for line in f if line.startswith("prog_id:")}
        except OSError:
            pass
    return ids


def loaded():
    out = subprocess.run(["bpftool", "-j", "prog", "list"], capture_output=True, text=True)
    return {p["id"] for p in json.loads(out.stdout or "[]")}


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(child) for child in f.read().split()]


def filters(net):
    """Everything of TC's on the interfaces of the prober's namespace."""
    text = ""
    for device in "lo", "sp0":
        for hook in "ingress", "egress":
            text += net.near("tc", "filter", "show", "dev", device, hook).stdout
    return text


def qdiscs(net):
    return net.near("tc", "qdisc", "show").stdout.count("clsact")


def xdp(net):
    return "xdp" in net.near("ip", "link", "show", "dev", "sp0").stdout


def begin(net, *args, targets=("198.18.0.1", "127.0.0.1")):
    """A ping that has measured; its pid, its worker's, and the programs of both."""
    process = net.start("-l", "-p", "20", *args, *targets)
    for _ in range(4):
        process.stdout.readline()
    worker = (children(process.pid) or [process.pid])[0]
    return process, worker, programs(worker)


def all_gone(net, held):
    def check():
        return not held & loaded() and not filters(net) and not qdiscs(net) and not xdp(net)
    gone = await_true(check, 10)
    if not gone:
        note(f"programs {held & loaded()} filters {filters(net)!r} clsact {qdiscs(net)} xdp {xdp(net)}")
    return gone


def finish(process):
    process.stdout.close()
    return process.wait(10)


def test_ends(net):
    for sig in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        for tc in "tcx", "clsact":
            process, worker, held = begin(net, "--tc", tc)
            good = ok(len(held) >= 2 and worker in (process.pid, *children(process.pid)),
                      f"{tc}: programs are loaded")
            if tc == "clsact":
                good = ok(filters(net), "clsact: and filters attached") and good
            process.send_signal(sig)
            process.stdout.read()
            code = finish(process)
            ok(good and code == 0 and all_gone(net, held), f"{tc}: {sig.name} leaves nothing behind")


def test_kill(net):
    for tc in "tcx", "clsact":
        for n in range(ROUNDS):
            process, worker, held = begin(net, "--tc", tc)
            os.kill(worker, signal.SIGKILL)
            code = finish(process)
            ok(held and code != 0 and all_gone(net, held), f"{tc}: kill -9 leaves nothing behind, {n}")
    for n in range(ROUNDS):
        process, worker, held = begin(net, "--tc", "clsact")
        ok(worker != process.pid, "clsact: a guardian watches")
        process.kill()
        finish(process)
        ok(all_gone(net, held) and await_true(lambda: not os.path.exists(f"/proc/{worker}"), 10),
           f"clsact: nor does killing the guardian, {n}")


def test_kill_xdp(net):
    for tc in "tcx", "clsact":
        process, worker, held = begin(net, "--rx", "xdp", "--tc", tc, targets=["198.18.0.1"])
        ok(xdp(net), f"xdp with {tc}: attached")
        os.kill(worker, signal.SIGKILL)
        finish(process)
        ok(all_gone(net, held), f"xdp with {tc}: kill -9 leaves nothing behind")


def test_strangers(net):
    """A clsact filter of somebody else's is not ours to remove."""
    run(*net.inside(net.a), "tc", "qdisc", "add", "dev", "sp0", "clsact", check=True)
    run(*net.inside(net.a), *"tc filter add dev sp0 ingress protocol all prio 99 u32 match u32 0 0 "
        "classid 1:1".split(), check=True)
    before = filters(net)
    process, worker, held = begin(net, "--tc", "clsact")
    os.kill(worker, signal.SIGKILL)
    finish(process)
    good = await_true(lambda: filters(net) == before and not held & loaded(), 10)
    ok(before and good and qdiscs(net) == 1, "another's filter and its clsact stay")


def main():
    with Net() as net:
        test_ends(net)
        test_kill(net)
        test_kill_xdp(net)
        test_strangers(net)
    done()


main()

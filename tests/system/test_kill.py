#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""kill -9 under load, again and again: what was acknowledged or readable is there, nothing is torn,
no BPF program and no veth of ours stays. In turn the daemon, its guardian, and both are killed."""
import os
import random
import signal
import subprocess
import threading
import time

from lib import DEEP, SHORT, Lab, Serve, await_true, done, note, ok, programs_of, sonde_programs

CYCLES = 100 if DEEP else 5 if SHORT else 12
CONFIG = "checks:\n - {targets: [198.18.0.0/23, 'fd00:51::/120'], interval: 200ms}\n"


class Adder(threading.Thread):
    """Adds and deletes checks without pause; knows what was acknowledged."""

    def __init__(self, serve, there):
        super().__init__()
        self.serve, self.there = serve, there  # id -> target
        self.unsure = set()  # targets of requests that were never answered
        self.go_on = True

    def run(self):
        while self.go_on:
            try:
                self.step()
            except (OSError, ValueError, RuntimeError):
                pass  # the daemon died under it: what was asked for last is open

    def step(self):
        if self.there and random.random() < 0.3:
            check_id = random.choice(list(self.there))
            target = self.there.pop(check_id)
            self.unsure.add(target)
            status, _ = self.serve.request("DELETE", f"/api/v1/checks/{check_id}")
            if status != 204:
                raise RuntimeError(status)
        else:
            target = f"198.18.{random.randrange(8, 128)}.{random.randrange(256)}"
            self.unsure.add(target)
            status, made = self.serve.request("POST", "/api/v1/checks", {"target": target, "interval": "1s"})
            if status not in (200, 201):
                raise RuntimeError(status)
            self.there[made["id"]] = target
        self.unsure.discard(target)


def kill_one(serve, cycle):
    child, guardian = serve.child(), serve.process.pid
    who = cycle % 3
    victims = [[child], [guardian], [guardian, child]][who]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    if who == 0:  # the guardian starts it again; end that too, so that every cycle looks alike
        serve.await_log('msg="serving"', 60)
        serve.stop()
    else:
        serve.process.wait(30)
        await_true(lambda: not os.path.exists(f"/proc/{child}"), 20)


def leftovers(lab, ours):
    links = subprocess.run(lab.a("ip", "-o", "link"), capture_output=True, text=True).stdout
    filters = subprocess.run(lab.a("tc", "filter", "show", "dev", "sl0", "egress"), capture_output=True,
                             text=True).stdout
    return [line for line in links.splitlines() if ": sl0" not in line and ": lo" not in line] + \
        [f"program {p}" for p in sonde_programs() & ours] + filters.split()


def cycle_once(lab, serve, there, cycle):
    history = serve.checks()[0]["id"]
    adder = Adder(serve, there)
    adder.start()
    select_time = random.uniform(0.3, 1.5)
    limit = time.monotonic() + select_time
    readable = set()
    while time.monotonic() < limit:
        readable = {(s["sent_ns"], s["attempt"], s["class"]) for s in serve.samples(history)}
    ours = programs_of(serve.child())
    kill_one(serve, cycle)
    adder.go_on = False
    adder.join()
    left = [] if await_true(lambda: not leftovers(lab, ours), 10) else leftovers(lab, ours)
    serve.start()
    now = {c["id"]: c["target"] for c in serve.checks() if c["source"] == "api"}
    sure = {i: t for i, t in there.items() if t not in adder.unsure}
    missing = [t for i, t in sure.items() if i not in now]
    risen = [t for i, t in now.items() if i not in there and t not in adder.unsure]
    samples = {(s["sent_ns"], s["attempt"], s["class"]) for s in serve.samples(history)}
    # a lost one may have become late since; compare what cannot change
    lost = {s[:2] for s in readable} - {s[:2] for s in samples}
    there.clear()
    there.update(now)
    for line in left:
        note(f"left: {line}")
    if not ours:
        raise RuntimeError('the daemon held no BPF program')
    return not left, missing, risen, lost, len(readable), serve.log.count("torn") + serve.log.count("set aside")


def main():
    with Lab() as lab:
        lab.respond()
        bad = {"left": 0, "missing": 0, "risen": 0, "lost": 0, "torn": 0}
        read, acknowledged = 0, {}
        with Serve(lab.a(), CONFIG + "probing: {builtin: true}\n") as serve:
            for cycle in range(CYCLES):
                clean, missing, risen, lost, n, torn = cycle_once(lab, serve, acknowledged, cycle)
                bad["left"] += not clean
                bad["missing"] += len(missing)
                bad["risen"] += len(risen)
                bad["lost"] += len(lost)
                bad["torn"] += torn
                read += n
            note(f"{CYCLES} kills, {len(acknowledged)} checks acknowledged at the end, "
                 f"{read} readable results compared")
        ok(acknowledged and read > CYCLES, "the kills came under load")
        ok(not bad["missing"], f"every acknowledged check is there ({bad['missing']} missing)")
        ok(not bad["risen"], f"every deleted one stays deleted ({bad['risen']} risen)")
        ok(not bad["lost"], f"every result that could be read is there ({bad['lost']} lost)")
        ok(not bad["torn"], "nothing torn, no file set aside")
        ok(not bad["left"], f"no program, filter or interface left behind ({bad['left']} times)")


main()
done()

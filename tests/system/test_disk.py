#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""A full disk under `sonde serve`: probing goes on, summary, metrics and log say so, a killed daemon
starts again, and what waited in memory is kept once there is room. The disk is a small tmpfs in a mount
namespace of the daemon's own."""
import errno
import os
import signal
import tempfile

from lib import Lab, Serve, await_true, done, ok

CONFIG = "checks:\n - {target: 198.18.0.1, interval: 100ms}\nstore: {commit_interval: 100ms}\n"
ADDED = {"target": "198.18.0.2", "interval": "100ms"}
DISK_BYTES = 4 << 20


def on_small_disk(lab, place):
    """What to put in front of the daemon: a tmpfs at @place that only it sees."""
    mount = f'mount -t tmpfs -o size={DISK_BYTES},mode=0700 none {place} && exec "$@"'
    return ["unshare", "-m", "sh", "-ec", mount, "sh", *lab.a()]


def fill(serve, place):
    """Take all the room there is; the way to the file that has it."""
    path = f"/proc/{serve.process.pid}/root{place}/filler"
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        while os.write(file, bytes(4096)):
            pass
    except OSError as error:
        ok(error.errno == errno.ENOSPC, "the disk is full")
    finally:
        os.close(file)
    return path


def log_of(serve):
    while serve.read_log(0):
        pass
    return serve.log


def watch_full(serve):
    full = await_true(lambda: (s := serve.summary())["store"]["errors"] > 2 and s, 60)
    ok(full and full["store"]["last_error"] == os.strerror(errno.ENOSPC) and full["store"]["queued"],
       "the summary says that results wait, and why")
    ok("store cannot commit" in log_of(serve), "the log too")
    errors = [line for line in serve.get("/metrics").splitlines() if line.startswith("sonde_store_errors_total ")]
    ok(errors and float(errors[0].split()[1]) > 2, "and the metrics")
    later = await_true(lambda: (s := serve.summary())["attempts"] > full["attempts"] + 20 and s, 20)
    ok(later and later["healthy"] and later["classes"]["ok"] == later["attempts"], "probing goes on without loss")
    ok(later and later["store"]["samples"] == full["store"]["samples"] and not later["store"]["dropped"],
       "nothing more is kept, nothing is dropped")


def watch_recovery(serve, check_id, filler):
    started = serve.summary()
    os.unlink(filler)
    serve.await_log("store commits again", 20)
    ok(not serve.summary()["store"]["last_error"], "with room again it commits, and says so")
    await_true(lambda: serve.summary()["store"]["samples"] > started["attempts"], 20)
    attempts = [s["attempt"] for s in serve.samples(check_id) if int(s["sent_ns"]) > int(started["started_ns"])]
    # attempts count from 1 at each start
    ok(len(attempts) > 20 and attempts == list(range(attempts[0], attempts[0] + len(attempts))) and
       attempts[0] <= 1, "all that waited is there, without a gap")


def main():
    place = tempfile.mkdtemp(prefix="sonde-disk-")
    with Lab() as lab:
        lab.respond()
        with Serve(on_small_disk(lab, place), CONFIG, data=f"{place}/data") as serve:
            check_id = serve.checks()[0]["id"]
            ok(await_true(lambda: len(serve.samples(check_id)) > 5, 20), "results are kept")
            kept = {s["sent_ns"] for s in serve.samples(check_id)}
            filler = fill(serve, place)
            watch_full(serve)
            ok(serve.request("POST", "/api/v1/checks", ADDED)[0] == 201, "a check can still be added")
            os.kill(serve.child(), signal.SIGKILL)
            serve.await_log('msg="serving"', 30)
            ok(len(serve.checks()) == 2, "a killed daemon starts on the full disk, the added check is there")
            ok(await_true(lambda: serve.summary()["store"]["queued"] > 40, 20), "results wait again")
            watch_recovery(serve, check_id, filler)
            ok(kept <= {s["sent_ns"] for s in serve.samples(check_id)}, "and what was kept before")
            ok(serve.stop() == 0, "it ends well")
    os.rmdir(place)


main()
done()

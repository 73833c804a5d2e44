#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""The page of a real daemon, driven in Chromium beside it: list, live update, add, history, delete."""
import os
import re
import subprocess

from lib import SHORT, Lab, Serve, done, note, ok

if SHORT:
    print("1..0 # the page is the same under a sanitizer")
    raise SystemExit(0)

CONFIG = "probing: {builtin: true}\nchecks:\n - {targets: [198.18.0.0/26], interval: 500ms}\n"

with Lab() as lab:
    lab.respond()
    with Serve(lab.a(), CONFIG) as serve:
        serve.stop()
        serve.args = ["--listen", "127.0.0.1:7663"]  # the later one holds
        serve.start()
        with open(os.path.join(serve.data, "token")) as f:
            token = f.read().strip()
        out = subprocess.run(lab.a("node", "tests/web/drive.mjs", "http://127.0.0.1:7663/", token,
                                   "--target", "198.18.1.1"), capture_output=True, text=True, timeout=200)
        for line in out.stdout.splitlines():
            step = re.match(r"(not )?ok \d+ - (.*)", line)
            if step:
                ok(not step[1], step[2])
            elif line.startswith("#"):
                note(line[2:])
        ok(out.returncode == 0, f"the driver came through{': ' + out.stderr[-500:] if out.returncode else ''}")
done()

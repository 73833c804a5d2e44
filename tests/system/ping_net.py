# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Two namespaces and a wire, both ends the kernel's own: what tests of `sonde ping` need.

198.18.0.0/17 and fd00:9::/112 live on the far side, every address of them answering.
198.18.128.0/17 never answers. 198.19.0.0/24 has no route there: its answers are ICMP errors.
"""
import json
import os
import subprocess

from lib import SONDE


def run(*command, **kwargs):
    kwargs.setdefault("capture_output", True)
    kwargs.setdefault("text", True)
    kwargs.setdefault("timeout", 60)
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(command, **kwargs)


class Net:
    def __init__(self):
        self.a, self.b = f"sonde-p{os.getpid()}a", f"sonde-p{os.getpid()}b"

    def ip(self, line):
        run("ip", *line.split(), check=True)

    def __enter__(self):
        a, b = self.a, self.b
        self.ip(f"netns add {a}")
        self.ip(f"netns add {b}")
        for name in a, b:
            self.ip(f"-n {name} link set lo up")
            run(*self.inside(name), "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0",
                "net.ipv4.icmp_msgs_per_sec=100000", "net.ipv4.icmp_ratelimit=0")
        self.ip(f"-n {a} link add sp0 type veth peer name sp1 netns {b}")
        self.ip(f"-n {a} addr add 198.19.255.1/30 dev sp0")
        self.ip(f"-n {b} addr add 198.19.255.2/30 dev sp1")
        self.ip(f"-n {a} addr add fd00:8::1/64 dev sp0 nodad")
        self.ip(f"-n {b} addr add fd00:8::2/64 dev sp1 nodad")
        self.ip(f"-n {a} link set sp0 up")
        self.ip(f"-n {b} link set sp1 up")
        run(*self.inside(b), "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.ip(f"-n {a} route add default via 198.19.255.2")
        self.ip(f"-n {a} -6 route add default via fd00:8::2")
        self.ip(f"-n {b} route add local 198.18.0.0/17 dev lo")
        self.ip(f"-n {b} -6 route add local fd00:9::/112 dev lo")
        self.ip(f"-n {b} route add blackhole 198.18.128.0/17")
        self.ip(f"-n {b} route add unreachable 198.19.0.0/24")
        return self

    def __exit__(self, *args):
        for name in self.a, self.b:
            run("ip", "netns", "del", name)

    def inside(self, name):
        return ["ip", "netns", "exec", name]

    def near(self, *command, **kwargs):
        """A command beside the prober."""
        return run(*self.inside(self.a), *command, **kwargs)

    def ping(self, *args, **kwargs):
        return self.near(SONDE, "ping", *args, **kwargs)

    def json(self, *args, **kwargs):
        """`sonde ping --json`: exit code, attempts, summary."""
        done = self.ping("--json", *args, **kwargs)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        if not lines or not lines[-1].get("summary"):
            raise RuntimeError(f"no summary: {done.stdout[-400:]}\n{done.stderr}")
        return done.returncode, lines[:-1], lines[-1]

    def start(self, *args, **kwargs):
        """A ping that goes on; `ip netns exec` execs, so the pid is sonde's own."""
        return subprocess.Popen([*self.inside(self.a), SONDE, "ping", *args],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True, **kwargs)

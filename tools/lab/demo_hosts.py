#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""demo_hosts.py DIR: 5,000 hosts of mixed character: DIR/rules for the emulator, DIR/sonde.yaml.

Twenty sites as seen from a desk in Paris, 250 hosts each: a site gives distance and jitter, a
role gives the trouble. The same hosts come out every time.
"""
import ipaddress
import pathlib
import random
import sys

# site, round trip in ms, jitter in ms, of which family
SITES = [
    ("paris", 0.2, 0.03, 4), ("paris-annex", 0.6, 0.1, 6), ("lyon", 6, 0.2, 4),
    ("marseille", 9, 0.3, 4), ("london", 8, 0.3, 4), ("amsterdam", 10, 0.4, 6),
    ("frankfurt", 11, 0.4, 4), ("madrid", 22, 0.8, 4), ("warsaw", 27, 0.9, 4),
    ("stockholm", 32, 1.0, 6), ("athens", 48, 2, 4), ("new-york", 74, 1.5, 4),
    ("montreal", 82, 2, 6), ("dallas", 112, 3, 4), ("nairobi", 135, 9, 4),
    ("san-jose", 142, 3, 6), ("singapore", 168, 4, 4), ("sao-paulo", 192, 7, 4),
    ("tokyo", 224, 4, 6), ("sydney", 276, 5, 4),
]
HOSTS = 250  # of each site, less than 65,536

# role, of 250, interval, what its hosts are like beside the distance (None: nothing but that)
ROLES = [
    ("router", 10, "1s", None),
    ("switch", 30, "1s", None),
    ("server", 110, "1s", "loss=0.01%"),
    ("camera", 30, "1s", "loss=2% reorder=0.5%"),
    ("phone", 30, "1s", "loss=0.5% duplicate=0.2%"),
    ("sensor", 14, "1s", "loss=12%"),
    ("tunnel", 8, "1s", "late=4% reorder=2%:40ms"),
    ("flapping", 6, "1s", "flap=90s:70%"),
    ("failing", 4, "1s", "corrupt=3% loss=5% wrong_source=0.5%"),
    ("filtered", 3, "1s", "error=60%:3/13" " error=10%:3/1"),
    ("closed", 2, "1s", "closed"),
    ("dead", 3, "1s", "blackhole"),
]
ERRORS6 = {"3/13": "1/1", "3/1": "1/3"}


def address(site, host, family):
    """The host-th address of a site: a /24 or a /64 each."""
    if family == 4:
        return str(ipaddress.IPv4Address("198.18.0.0") + (site << 8) + host)
    return str(ipaddress.IPv6Address("fd00:51::") + (site << 64) + host)


def rule(target, site, character, dice):
    """A line for the emulator; every host has a few per cent of its own."""
    _, delay, jitter, family = site
    if character == "blackhole" or character == "closed":
        return f"{target} {character}"
    if family == 6:
        for four, six in ERRORS6.items():
            character = character and character.replace(four, six)
    delay *= dice.uniform(0.97, 1.06)
    return (f"{target} delay={delay * 1000:.0f}us jitter=normal:{jitter * 1000:.0f}us"
            + (f" {character}" if character else ""))


def hosts():
    """(name, role, interval, target, rule, site name) of all."""
    dice = random.Random(7663)
    for number, site in enumerate(SITES):
        host = 0
        for role, count, interval, character in ROLES:
            for i in range(count):
                host += 1
                target = address(number, host, site[3])
                yield (f"{site[0]}-{role}-{i + 1}", role, interval, target,
                       rule(target, site, character, dice), site[0])


def main():
    assert sum(count for _, count, _, _ in ROLES) == HOSTS
    if len(sys.argv) != 2:
        print("usage: demo_hosts.py DIR", file=sys.stderr)
        return 2
    directory = pathlib.Path(sys.argv[1])
    rules, checks = [], ["probing: {builtin: false}", "checks:"]
    for name, role, interval, target, line, site in hosts():
        rules.append(line)
        checks.append(f'  - {{name: {name}, target: "{target}", interval: {interval}, '
                      f"labels: {{site: {site}, role: {role}}}}}")
    (directory / "rules").write_text("\n".join(rules) + "\n", encoding="ascii")
    (directory / "sonde.yaml").write_text("\n".join(checks) + "\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())

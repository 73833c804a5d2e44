#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""lab_pinger.py [-c COUNT] [-i SECONDS] [-t SECONDS] [-l SECONDS] ADDRESS...

A second, slow pinger with sonde's payload, written apart from sonde: it checks the lab without
the thing the lab is to check. Prints a JSON line for each attempt as `sonde ping --json` does.
An answer counts when payload and source are what they should be, bit for bit.
"""
import argparse
import ipaddress
import json
import os
import select
import socket
import struct
import sys
import time

ERRORS = {4: (3, 11, 12), 6: (1, 2, 3, 4)}
REPLY = {4: 0, 6: 129}
REQUEST = {4: 8, 6: 128}


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def make_payload(slot, nonce, attempt, size):
    head = struct.pack("!II8sHHI", slot, 1, nonce, 0, 0, attempt)
    return head + bytes(nonce[i % 8] ^ (i & 0xff) for i in range(len(head), size))


class Pinger:
    def __init__(self, args):
        self.args = args
        self.ident = os.getpid() & 0xffff
        self.sockets = {
            4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
            6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)}
        for sock in self.sockets.values():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
            sock.setblocking(False)
        self.attempts = []
        self.strange = 0

    def send(self, address, number):
        slot = len(self.attempts)
        payload = make_payload(slot, os.urandom(8), number, self.args.size)
        version = ipaddress.ip_address(address).version
        header = struct.pack("!BBHHH", REQUEST[version], 0, 0, self.ident, slot & 0xffff)
        if version == 4:  # the kernel writes the other family's
            header = struct.pack("!BBHHH", REQUEST[4], 0, checksum(header + payload), self.ident,
                                 slot & 0xffff)
        self.attempts.append({"target": address, "addr": address, "seq": number, "class": "lost",
                              "rtt_ns": None, "payload": payload,
                              "sent_ns": time.monotonic_ns()})
        self.sockets[version].sendto(header + payload, (address, 0))

    def close(self, attempt, result, now, **more):
        rtt = now - attempt["sent_ns"]
        if attempt["class"] != "lost" or rtt > (self.args.timeout + self.args.late) * 1e9:
            return
        if rtt > self.args.timeout * 1e9:
            result = "late" if result == "ok" else "lost"
        attempt["class"] = result
        attempt["rtt_ns"] = rtt if result in ("ok", "late") else None
        attempt.update(more)

    def on_reply(self, source, message, now):
        if len(message) < 16:
            return
        slot = struct.unpack_from("!I", message, 8)[0]
        attempt = self.attempts[slot] if slot < len(self.attempts) else None
        if attempt and message[8:] == attempt["payload"] and source == attempt["addr"]:
            self.close(attempt, "ok", now)
        else:
            self.strange += 1

    def on_error(self, version, message, now):
        inner = message[8:]
        start = 40 if version == 6 else (inner[0] & 15) * 4 if inner else 0
        if len(inner) < start + 8:
            return
        ident, seq = struct.unpack_from("!HH", inner, start + 4)
        address = socket.inet_ntop(socket.AF_INET6, inner[24:40]) if version == 6 \
            else socket.inet_ntop(socket.AF_INET, inner[16:20])
        for attempt in self.attempts[seq::65536]:
            if ident == self.ident and attempt["addr"] == address:
                self.close(attempt, "icmp_error", now, icmp_type=message[0], icmp_code=message[1])

    def receive(self, wait):
        end = time.monotonic() + wait
        while True:
            ready = select.select(list(self.sockets.values()), [], [],
                                  max(0, end - time.monotonic()))[0]
            now = time.monotonic_ns()
            for sock in ready:
                data, source = sock.recvfrom(4096)
                version = 4 if sock is self.sockets[4] else 6
                message = data[(data[0] & 15) * 4:] if version == 4 else data
                if message[0] == REPLY[version] and not (version == 4 and checksum(message)):
                    self.on_reply(source[0], message, now)
                elif message[0] in ERRORS[version]:
                    self.on_error(version, message, now)
            if time.monotonic() >= end:
                return

    def run(self):
        for number in range(self.args.count):
            for address in self.args.addresses:
                self.send(address, number)
                self.receive(self.args.interval)
        self.receive(self.args.timeout + self.args.late)
        for attempt in self.attempts:
            del attempt["payload"]
            print(json.dumps(attempt))
        print(json.dumps({"summary": True, "strange": self.strange}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-c", dest="count", type=int, default=1)
    parser.add_argument("-i", dest="interval", type=float, default=0.001)
    parser.add_argument("-t", dest="timeout", type=float, default=1)
    parser.add_argument("-l", dest="late", type=float, default=4)
    parser.add_argument("-b", dest="size", type=int, default=56)
    parser.add_argument("addresses", nargs="+")
    Pinger(parser.parse_args()).run()


if __name__ == "__main__":
    sys.exit(main())

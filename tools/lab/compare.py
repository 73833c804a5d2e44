#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""compare.py TRUTH RESULTS...: does a prober say of every attempt what the lab did to it?

TRUTH is what `sonde-lab emulate --truth` wrote. RESULTS are files ("-": standard input) of
`sonde ping --json` lines, or of the API's samples (then with --address of that check).
Prints a table of classes, truth against prober, and the error of the round-trip times,
|rtt - hold|, as quantiles. Exit status: 0 all equal, 1 anything differs, 2 usage.
"""
import argparse
import collections
import ipaddress
import json
import sys

# Closed on the prober's own side: the lab need not have seen them.
LOCAL = {"send_error", "not_sent", "local_fault", "resolve_error", "dropped", "blocked"}
# What beside the attempts must agree, by the summary's key: the truth's fault and packets of each.
PACKETS = {"duplicate": "duplicate", "corrupt": "corrupt", "wrong_source": "wrong_source"}


def canonical(address):
    """One spelling for an address, whatever the prober prints."""
    return str(ipaddress.ip_address(address.split("%")[0]))


def read_truth(path):
    """{(address, attempt): [row]}: one row a request."""
    truth = collections.defaultdict(list)
    with open(path, encoding="ascii") as lines:
        names = next(lines).lstrip("#").rstrip("\n").split("\t")
        for line in lines:
            row = dict(zip(names, line.rstrip("\n").split("\t")))
            truth[canonical(row["address"]), int(row["attempt"])].append(row)
    return truth


def rows_of(entry, address):
    """(address, attempt, row) of one JSON object; the row has class and rtt_ns."""
    if "rows" in entry:
        for values in entry["rows"]:
            row = dict(zip(entry["columns"], values))
            yield canonical(address), row["attempt"], row
    elif entry["addr"]:
        yield canonical(entry["addr"]), entry["seq"], entry
    else:
        yield entry["target"], entry["seq"], entry


def read_results(paths, address):
    """(rows, summary); the summary is None when there is none."""
    rows, summary = [], None
    for path in paths:
        with sys.stdin if path == "-" else open(path, encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                if entry.get("summary"):
                    summary = entry
                else:
                    rows.extend(rows_of(entry, address))
    return rows, summary


def quantile(values, q):
    return values[min(int(len(values) * q), len(values) - 1)]


def print_errors(name, errors):
    if not errors:
        return
    errors.sort()
    print(f"{name}: {len(errors)} values, p50 {quantile(errors, 0.5)} ns, "
          f"p99 {quantile(errors, 0.99)} ns, max {errors[-1]} ns")


def print_table(table):
    print(f"{'truth':<12}{'prober':<14}{'attempts':>10}")
    for (want, got), count in sorted(table.items()):
        mark = "" if want == got or got in LOCAL or want == "unfinished" else "  <- differs"
        print(f"{want:<12}{got:<14}{count:>10}{mark}")


class Comparison:
    def __init__(self, truth, show):
        self.truth = truth
        self.table = collections.Counter()
        self.errors = collections.defaultdict(list)
        self.wrong = 0
        self.left = show
        self.seen = set()

    def complain(self, text):
        self.wrong += 1
        if self.left:
            self.left -= 1
            print("differs:", text)

    def add(self, address, attempt, result):
        key, got = (address, attempt), result["class"]
        if key in self.seen:
            self.complain(f"{address} {attempt}: reported twice")
        self.seen.add(key)
        requests = self.truth.get(key)
        if not requests:
            self.table["unseen", got] += 1
            if got not in LOCAL:
                self.complain(f"{address} {attempt}: {got}, but the lab saw no such request")
            return
        want = requests[0]["class"]
        self.table[want, got] += 1
        if got in LOCAL or want == "unfinished":
            return
        if want != got:
            row = requests[0]
            self.complain(f"{address} {attempt}: {got}, but it was {want} "
                          f"({row['fault']} {row['detail']}, held {row['hold_ns']} ns)")
        elif want in ("ok", "late"):
            self.errors[want].append(abs(result["rtt_ns"] - int(requests[0]["hold_ns"])))
        elif want == "icmp_error" and "icmp_type" in result:
            said = f"{result['icmp_type']}/{result['icmp_code']}"
            if said != requests[0]["detail"]:
                self.complain(f"{address} {attempt}: ICMP error {said}, but it was "
                              f"{requests[0]['detail']}")

    def check_unreported(self):
        for key, requests in self.truth.items():
            if key not in self.seen:
                self.table[requests[0]["class"], "unreported"] += 1
                self.complain(f"{key[0]} {key[1]}: the lab saw it, the prober says nothing")
            elif len(requests) > 1:
                self.complain(f"{key[0]} {key[1]}: {len(requests)} requests of one attempt")

    def check_packets(self, summary):
        """The packets beside the attempts, as far as the summary counts them."""
        for name, fault in PACKETS.items():
            if name not in summary:
                continue
            rows = (row for requests in self.truth.values() for row in requests)
            sent = sum(int(row["detail"]) if fault == "duplicate" else int(row["replies"])
                       for row in rows if row["fault"] == fault)
            print(f"{name} packets: lab {sent}, prober {summary[name]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("truth")
    parser.add_argument("results", nargs="+")
    parser.add_argument("--address", help="whose samples they are")
    parser.add_argument("--show", type=int, default=10, help="differences to print (10)")
    args = parser.parse_args()
    rows, summary = read_results(args.results, args.address)
    comparison = Comparison(read_truth(args.truth), args.show)
    for row in rows:
        comparison.add(*row)
    if not args.address:
        comparison.check_unreported()
    print_table(comparison.table)
    for name, errors in sorted(comparison.errors.items()):
        print_errors(f"rtt error, {name}", errors)
    if summary:
        comparison.check_packets(summary)
    print(f"{len(rows)} attempts, {comparison.wrong} differences")
    return 1 if comparison.wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())

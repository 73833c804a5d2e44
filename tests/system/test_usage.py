#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""The command line under bad input, bad surroundings and bad luck: one clear line, the right exit
code, never a crash. Everything is aimed at loopback."""
import json
import os
import pty
import resource
import signal
import subprocess
import tempfile

from lib import SONDE, done, note, ok

SANITIZED = "out/address" in SONDE or "out/thread" in SONDE


def sonde(*args, **kwargs):
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([SONDE, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, **kwargs)


def fails(name, args, code, says):
    """Exit code, one line on standard error that says it, nothing on standard output."""
    run = sonde(*args)
    err = run.stderr.decode(errors="replace")
    good = run.returncode == code and says in err and err.count("\n") == 1 and not run.stdout
    if not ok(good and err[:-1].isprintable(), name):
        note(f"{run.returncode} {err!r} {run.stdout[:200]!r}")


def test_help():
    for args in [], ["--help"], ["-h"], ["help"]:
        run = sonde(*args)
        ok(run.returncode == 0 and run.stdout.startswith(b"Usage: sonde COMMAND") and not run.stderr,
           f"'sonde {' '.join(args)}' helps")
    for command in "ping", "serve", "check-config", "doctor", "version":
        for args in ["help", command], [command, "--help"], [command, "-h"]:
            run = sonde(*args)
            ok(run.returncode == 0 and run.stdout.startswith(f"Usage: sonde {command}".encode()) and
               all(len(line) <= 100 for line in run.stdout.splitlines()), f"so does {args}")
    ok(sonde("version").stdout.startswith(b"sonde ") and b"libbpf" in sonde("--version").stdout,
       "the version, and the libraries'")


def test_mistakes():
    fails("a near miss is recognised", ["pign"], 2, "unknown command 'pign'; did you mean 'ping'?")
    fails("another word is not", ["xyzzy"], 2, "unknown command 'xyzzy'; see 'sonde help'")
    fails("help of nothing", ["help", "pign"], 2, "did you mean 'ping'?")
    fails("an empty word", [""], 2, "unknown command ''")
    fails("no target", ["ping"], 2, "a target is missing")
    fails("only --", ["ping", "--"], 2, "a target is missing")
    fails("an unknown option", ["ping", "--cuont=3", "::1"], 2, "did you mean '--count'?")
    fails("a missing value", ["ping", "::1", "-c"], 2, "-c: a value is missing")
    fails("no number", ["ping", "-c", "abc", "::1"], 2, "'abc' is not a number from 1 to 4294967295")
    fails("an empty number", ["ping", "-c", "", "::1"], 2, "'' is not a number")
    fails("a dash for a number", ["ping", "-c", "-", "::1"], 2, "'-' is not a number")
    fails("no rung", ["ping", "--rx", "fast", "::1"], 2, "'fast' is not one of auto, xdp, tc")
    fails("no interface", ["ping", "-I", "nosuch0", "::1"], 2, "there is no interface 'nosuch0'")
    fails("an interface's name too long", ["ping", "-I", "a" * 300, "::1"], 2, "there is no interface")
    fails("no source", ["ping", "-S", "here", "::1"], 2, "'here' is no address")
    fails("families apart", ["ping", "-S", "127.0.0.1", "::1"], 2, "famil")
    fails("the wrong family", ["ping", "-4", "::1"], 2, "no IPv4 address, and -4 was given")
    fails("no address", ["ping", "1.2.3"], 2, "1.2.3")
    fails("a link-local one without its zone", ["ping", "fe80::1"], 2, "interface")
    fails("multicast", ["ping", "224.0.0.1"], 2, "unicast")
    fails("broadcast", ["ping", "255.255.255.255"], 2, "unicast")
    fails("a network too large", ["ping", "10.0.0.0/8"], 2, "more than 1048576")
    fails("too long a prefix", ["ping", "10.0.0.0/33"], 2, "prefix is too long")
    fails("escapes in a target", ["ping", "\x1b[31mred\n"], 2, "\\x1b[31mred")
    fails("bytes that are no UTF-8", ["ping", b"\xff\xfe"], 2, "neither")
    fails("a shell's leftovers", ["ping", "$(reboot)"], 2, "neither")
    fails("an argument of 128 KiB", ["ping", "a" * 131000], 2, "longer")
    fails("an operand for doctor", ["doctor", "eth0"], 2, "no operands")
    run = sonde("ping", *["1.2.3"] * 10000)
    ok(run.returncode == 2 and run.stderr.count(b"\n") == 21 and b"9980 more" in run.stderr,
       "10,000 mistakes are told in 21 lines")
    run = subprocess.run([SONDE, "ping", "-"], input=b"::1\n1.2.3\n# x\na..b\n",
                         capture_output=True)
    ok(run.returncode == 2 and b"standard input:2:" in run.stderr and b"standard input:4:" in run.stderr,
       "mistakes in a list have their lines")
    fails("an empty list", ["ping", "-"], 2, "names no target")


def test_output():
    with open("/dev/full", "w") as full:
        for args in ["ping", "-c1", "127.0.0.1"], ["version"], ["help"], ["doctor"]:
            run = subprocess.run([SONDE, *args], stdout=full, stderr=subprocess.PIPE)
            ok(run.returncode == 4 and b"No space left" in run.stderr, f"a full disk fails {args[0]}")
    for args in ["ping", "-c", "200", "-p", "1", "127.0.0.1"], ["version"]:
        read, write = os.pipe()
        os.close(read)
        run = subprocess.run([SONDE, *args], stdout=write, stderr=subprocess.PIPE, timeout=30)
        os.close(write)
        ok(run.returncode == 4 and not run.stderr, f"a reader that left ends {args[0]}, quietly")
    process = subprocess.Popen([SONDE, "ping", "--json", "-c", "1000", "-p", "3", "127.0.0.1"],
                               stdout=subprocess.PIPE)
    # nobody reads until it is done measuring: 1000 objects are more than a pipe holds
    try:
        process.wait(6)
        ok(False, "it waits for its reader")
    except subprocess.TimeoutExpired:
        ok(True, "it waits for its reader")
    lines = [json.loads(line) for line in process.stdout]
    ok(process.wait(10) == 0 and len(lines) == 1001 and lines[-1]["attempts"] == 1000,
       "and a slow reader gets everything")
    # a busy machine may skip a round or two of 3 ms; a blocked one would skip nearly all
    ok(lines[-1]["ok"] > 800 and lines[-1]["ok"] + lines[-1]["not_sent"] == 1000, "measured on time")


def test_progress():
    """Standard error is a terminal: a line that is rewritten, and gone in the end."""
    args = [SONDE, "ping", "-q", "-c", "4", "-p", "400", "127.0.0.1"]
    ours, theirs = pty.openpty()
    run = subprocess.run(args, stdout=subprocess.PIPE, stderr=theirs, stdin=subprocess.DEVNULL)
    os.close(theirs)
    said = b""
    try:
        while chunk := os.read(ours, 4096):
            said += chunk
    except OSError:
        pass
    os.close(ours)
    ok(b" of 4 done" in said and b" s left" in said and said.endswith(b"\r\x1b[K") and
       b"\x1b" not in run.stdout, "a terminal sees how far it is")
    run = subprocess.run(args, capture_output=True, stdin=subprocess.DEVNULL)
    ok(not run.stderr and b"done" not in run.stdout, "a pipe does not")


def test_surroundings():
    one = ["ping", "-c1", "-q", "127.0.0.1"]

    def closed():
        for fd in 0, 1, 2:
            os.close(fd)

    process = subprocess.Popen([SONDE, *one], preexec_fn=closed)
    ok(process.wait(20) in (0, 4), "without any standard descriptor")
    for what, prepare in [
            ("SIGCHLD ignored", lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)),
            ("every signal blocked", lambda: signal.pthread_sigmask(signal.SIG_SETMASK, range(1, 64))),
            ("umask 777", lambda: os.umask(0o777)),
            ("a nice value of 19", lambda: os.nice(19))]:
        for tc in "tcx", "clsact":
            run = sonde(*one, "--tc", tc, preexec_fn=prepare)
            if not ok(run.returncode == 0, f"{tc} with {what}"):
                note(run.stderr)
    with tempfile.TemporaryDirectory() as gone:
        directory = os.path.join(gone, "x")
        os.mkdir(directory)
        ok(sonde(*one, preexec_fn=lambda: (os.chdir(directory), os.rmdir(directory))).returncode == 0,
           "in a directory that is gone")
    hostile = {"LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR", "TZ": "../../etc/x", "TMPDIR": "/nosuch",
               "PATH": "", "TERM": "\x1b[31m", "COLUMNS": "-1", "NO_COLOR": "1"}
    ok(sonde(*one, env=hostile).returncode == 0 and sonde(*one, env={}).returncode == 0,
       "with a hostile environment, or none")


def test_limits():
    one = ["ping", "-c1", "-q", "127.0.0.1"]
    mega = 1 << 20
    for name, what, values in [
            ("open files", resource.RLIMIT_NOFILE, [3, 8, 12, 16, 64]),
            ("memory", resource.RLIMIT_AS, [8 * mega, 32 * mega, 64 * mega, 256 * mega]),
            ("locked memory", resource.RLIMIT_MEMLOCK, [0]),
            ("file size", resource.RLIMIT_FSIZE, [0]),
            ("stack", resource.RLIMIT_STACK, [256 << 10])]:
        for value in values:
            run = sonde(*one, preexec_fn=lambda: resource.setrlimit(what, (value, value)))
            good = run.returncode == 0 or (run.returncode in (1, 4, 127) and
                                           (run.stderr or b"not sent" in run.stdout))
            if not ok(good, f"{name} limited to {value}: exit {run.returncode}, and it says why"):
                note(run.stderr)


def test_rights():
    def drop(keep):
        sets = ",".join(["-all"] + [f"+{right}" for right in keep])
        return subprocess.run(["setpriv", "--bounding-set", sets, "--inh-caps", "-all", SONDE, "ping",
                               "-c2", "-p200", "--json", "127.0.0.1"], capture_output=True, text=True)

    run = drop([])
    ok(run.returncode == 4 and "CAP_NET_RAW" in run.stderr, "no right at all: it names the one needed")
    run = drop(["net_raw"])
    ok(run.returncode == 0 and '"ts":"socket"' in run.stdout and "CAP_" in run.stderr,
       "only CAP_NET_RAW: it measures by socket, and says what better needs")
    for rx in "tc", "xdp":
        run = subprocess.run(["setpriv", "--bounding-set", "-all,+net_raw", "--inh-caps", "-all", SONDE,
                              "ping", "-c1", "--rx", rx, "127.0.0.1"], capture_output=True, text=True)
        if not ok(run.returncode == 4 and run.stderr, f"--rx {rx} without the rights is refused"):
            note(f"{run.returncode} {run.stderr} {run.stdout}")


def main():
    test_help()
    test_mistakes()
    test_output()
    test_progress()
    test_surroundings()
    if not SANITIZED:
        test_limits()
    test_rights()
    done()


main()

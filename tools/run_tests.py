#!/usr/bin/env python3
"""Runs the test suites one after another and counts. The last line is "N passed, N failed" over all of them.

A count is always read from what the suite really printed. A suite that ends badly without a failed test, that prints no
count, or that outlives its limit counts as one failure, so nothing can pass by not running.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# What the runners print at the end: our own harness, node:test (spec and TAP), Vitest.
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
NODE = {word: re.compile(rf"^(?:ℹ|#) {word} (\d+)$", re.M) for word in ("pass", "fail", "cancelled", "skipped")}
VITEST = re.compile(r"^\s*Tests\s+(.+?)\s*\(\d+\)$", re.M)


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def __iadd__(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        return self

    @property
    def total(self):
        return self.passed + self.failed + self.skipped


def count_text(text):
    """Every closing line of a known runner in text, added up."""
    text, count = ANSI.sub("", text), Count()
    for m in PLAIN.finditer(text):
        count += Count(int(m[1]), int(m[2]), int(m[3] or 0))
    for m in VITEST.finditer(text):
        words = dict((w, int(n)) for n, w in re.findall(r"(\d+) (passed|failed|skipped|todo)", m[1]))
        count += Count(words.get("passed", 0), words.get("failed", 0), words.get("skipped", 0) + words.get("todo", 0))
    found = {word: [int(n) for n in pattern.findall(text)] for word, pattern in NODE.items()}
    count += Count(sum(found["pass"]), sum(found["fail"]) + sum(found["cancelled"]), sum(found["skipped"]))
    return count


def run(command, limit_s, env=None, cwd=ROOT):
    """Runs command, shows its output as it comes, returns (text, exit code or None after the limit)."""
    with subprocess.Popen(command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True) as process:
        os.set_blocking(process.stdout.fileno(), False)
        data, deadline = b"", time.monotonic() + limit_s
        while True:
            chunk = process.stdout.read()
            if chunk:
                data += chunk
                sys.stdout.buffer.write(chunk)
                sys.stdout.flush()
            if process.poll() is not None and not chunk:
                return data.decode(errors="replace"), process.returncode
            if time.monotonic() > deadline:
                os.killpg(process.pid, signal.SIGKILL)
                print(f"\n# {' '.join(command)} was ended after {limit_s} s")
                return data.decode(errors="replace"), None
            if not chunk:
                time.sleep(0.05)


def judged(count, code, name):
    if count.total == 0:
        print(f"# {name}: no test ran")
        count.failed += 1
    elif code != 0 and count.failed == 0:
        print(f"# {name}: ended with {code} though no test failed")
        count.failed += 1
    return count


def meson_suite(build, limit_s, multiplier, env=None):
    """meson runs the programs; each says itself how many tests passed."""
    _, code = run(["meson", "test", "-C", build, "--no-rebuild", "--print-errorlogs", "--suite", "unit",
                   "--timeout-multiplier", str(multiplier)], limit_s, env)
    count, log = Count(), ROOT / build / "meson-logs/testlog.json"
    for line in log.read_text().splitlines() if log.exists() else []:
        entry = json.loads(line)
        of_one = count_text(entry.get("stdout", ""))
        if entry["result"] == "SKIP":
            of_one = Count(skipped=1)
        elif entry["result"] not in ("OK", "SKIP") and of_one.failed == 0:
            of_one.failed += 1
        elif of_one.total == 0:
            of_one.passed += 1
        count += of_one
    return judged(count, code, build)


def command_suite(name, command, limit_s, cwd=ROOT, env=None):
    text, code = run(command, limit_s, env, cwd)
    return judged(count_text(text), code, name)


def suite_unit():
    return meson_suite("build", 1500, 2)


def suite_layers():
    return command_suite("layers", ["python3", "tools/check_layers.py", "--self-test", "--build", "build"], 120)


def suite_format():
    return command_suite("format", ["python3", "tools/check_format.py"], 120)


def suite_asan():
    _, code = run(["./run", "build-asan"], 1500)
    if code != 0:
        return judged(Count(), code, "asan build")
    return meson_suite("build-asan", 2400, 6, {
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"})


def suite_web():
    return command_suite("web", ["npm", "test", "--silent"], 600, ROOT / "web", {"CI": "true"})


def suite_e2e():
    return command_suite("e2e", ["npm", "test", "--silent"], 2700, ROOT / "tests/e2e")


SUITES = {"unit": suite_unit, "layers": suite_layers, "format": suite_format, "asan": suite_asan, "web": suite_web,
          "e2e": suite_e2e}


def self_test():
    """The counting itself, on lines as the runners print them."""
    samples = {
        "ok - a\n3 passed, 1 failed\n": (3, 1, 0),
        "ℹ tests 9\nℹ pass 7\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\n": (7, 2, 0),
        "# pass 2\n# fail 0\n# cancelled 0\n# skipped 4\n": (2, 0, 4),
        "\x1b[2m      Tests \x1b[22m \x1b[31m2 failed\x1b[39m | \x1b[32m40 passed\x1b[39m (42)\n": (40, 2, 0),
        " Test Files  3 passed (3)\n      Tests  41 passed (41)\n": (41, 0, 0),
        "nothing here\n": (0, 0, 0),
    }
    for text, wanted in samples.items():
        got = count_text(text)
        assert (got.passed, got.failed, got.skipped) == wanted, (text, wanted, vars(got))


def main():
    self_test()
    names = sys.argv[1:] or list(SUITES)
    for name in names:
        if name not in SUITES:
            sys.exit(f"run_tests: no suite '{name}'; there are: {' '.join(SUITES)}")
    total, lines = Count(), []
    for name in names:
        print(f"==> {name}", flush=True)
        start = time.monotonic()
        count = SUITES[name]()
        total += count
        lines.append(f"{name:8} {count.passed:5} passed {count.failed:4} failed {count.skipped:4} skipped "
                     f"{time.monotonic() - start:7.1f} s")
    print("\n" + "\n".join(lines) + "\n")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())

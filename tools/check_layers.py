#!/usr/bin/env python3
"""Holds the sources to tools/layers.txt; run as the meson test `layers`.

Checked: who includes whom (and that the table has no cycle), one owner for each library, pure rooms stay pure, SQL only in
store/, banned calls, sizes of functions and files, no work left for later in a comment, and, with --build, that
no symbol of ours has the name of a symbol exported by a library we link (which would silently replace it).
Every rule is one check; the last line is "N passed, N failed". --self-test shows that each rule can fail.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

LIBRARIES = ("libre", "spandsp", "libsrtp2", "libwebsockets", "jansson", "libuv", "sqlite3", "libsodium", "libcrypto", "libssl", "lua5.4")
PURE_HEADERS = re.compile(r"^(time|pthread|unistd|fcntl|signal|threads|poll|netdb|uv|dirent)\.h$|^(sys|netinet|linux)/")
PURE_CALLS = ("fopen", "freopen", "fdopen", "printf", "fprintf", "vprintf", "vfprintf", "puts", "fputs", "putchar", "fread", "fwrite",
              "fgets", "open", "read", "write", "close", "getenv", "time", "clock", "clock_gettime", "gettimeofday",
              "nanosleep", "usleep", "sleep", "randombytes_random", "randombytes_buf", "getrandom", "id_new", "abort", "exit")
SQL = re.compile(r"^\s*(SELECT\s.+\sFROM\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+TABLE\s|PRAGMA\s)", re.I)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
# `abort` is how an assertion of ours ends in a pure room too.
PURE_CALLS_ALLOWED = {"abort"}
# Tests and benches read nothing hostile, run under sanitizers, and want the same numbers every time.
TESTS_MAY = {"atoi", "atol", "atof", "rand", "srand", "random", "system", "popen", "strcpy", "strcat"}


class Rules:
    def __init__(self, path):
        self.may, self.pure, self.impure_headers = {}, set(), set()
        self.libraries, self.banned, self.interposes, self.limits = [], {}, (), {}
        for raw in path.read_text().splitlines():
            line = raw.split("#")[0].strip()
            if not line:
                continue
            key, _, rest = line.partition(":")
            words = rest.split()
            if key == "pure":
                self.pure = set(words)
            elif key == "impure-headers":
                self.impure_headers = set(words)
            elif key == "library":
                self.libraries.append((words[0], set(words[1:])))
            elif key == "banned":
                self.banned[words[0]] = " ".join(words[1:])
            elif key == "interposes":
                self.interposes = tuple(words)
            elif key == "limits":
                self.limits = {k: int(v) for k, v in (w.split("=") for w in words)}
            else:
                self.may[key] = words


def strip(text):
    """The code with comments and texts blanked out (same line numbers), and the texts with their lines."""
    out, strings, i, line, n = [], [], 0, 1, len(text)
    while i < n:
        c = text[i]
        if text.startswith("//", i):
            end = text.find("\n", i)
            i = n if end < 0 else end
            continue
        if text.startswith("/*", i):
            end = text.find("*/", i + 2)
            end = n if end < 0 else end + 2
            out.append("\n" * text.count("\n", i, end))
            line += text.count("\n", i, end)
            i = end
            continue
        if c in "\"'":
            end = i + 1
            while end < n and text[end] != c and text[end] != "\n":
                end += 2 if text[end] == "\\" else 1
            if c == '"':
                strings.append((line, text[i + 1:end]))
            out.append(c + c)
            i = min(end + 1, n)
            continue
        if c == "\n":
            line += 1
        out.append(c)
        i += 1
    return "".join(out), strings


class Source:
    def __init__(self, path, room):
        self.path, self.room, self.text = path, room, path.read_text(encoding="utf-8")
        self.is_test = path.name.startswith(("test_", "bench_")) or path.stem.endswith("_fixture")
        self.code, self.strings = strip(self.text)
        self.includes = []
        for number, line in enumerate(self.text.splitlines(), 1):
            found = INCLUDE.match(line)
            if found:
                self.includes.append((number, found[1] == '"', found[2]))

    def calls(self):
        for number, line in enumerate(self.code.splitlines(), 1):
            if line.lstrip().startswith("#"):
                continue
            for found in re.finditer(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(", line):
                yield number, found[1]


def check_table(rules, sources):
    seen = set()
    for room, below in rules.may.items():
        for other in below:
            if other not in seen:
                yield f"tools/layers.txt: {room} names {other}, which is not a line above it (a cycle, or a wrong name)"
        seen.add(room)
    for room in sorted({s.room for s in sources} - seen):
        yield f"src/{room}: not in tools/layers.txt; say there what it may include"


def check_includes(rules, sources):
    for s in sources:
        allowed = set(rules.may.get(s.room, ())) | {s.room, "base"}
        if s.is_test:
            allowed |= {"harness"}
        for line, is_quoted, name in s.includes:
            room = name.split("/")[0]
            if is_quoted and "/" not in name:
                yield f"{s.path}:{line}: includes run from src/: write \"{s.room}/{name}\""
            elif is_quoted and room not in allowed:
                yield f"{s.path}:{line}: {s.room}/ may not include {name}"


def check_libraries(rules, sources):
    for s in sources:
        for line, is_quoted, name in s.includes:
            for prefix, owners in rules.libraries:
                if not is_quoted and name.startswith(prefix) and s.room not in owners and not s.is_test:
                    yield f"{s.path}:{line}: <{name}> belongs to {', '.join(sorted(owners))}"


def check_pure(rules, sources):
    for s in sources:
        if s.room not in rules.pure or s.is_test:
            continue
        for line, is_quoted, name in s.includes:
            if name in rules.impure_headers or (not is_quoted and PURE_HEADERS.search(name)):
                yield f"{s.path}:{line}: {s.room}/ is pure and may not include {name}"
        for line, name in s.calls():
            if name in PURE_CALLS and name not in PURE_CALLS_ALLOWED:
                yield f"{s.path}:{line}: {s.room}/ is pure and may not call {name}"


def check_sql(rules, sources):
    for s in sources:
        if s.room in ("store", "db") or s.is_test:
            continue
        for line, text in s.strings:
            if SQL.match(text):
                yield f"{s.path}:{line}: SQL outside src/store and src/db"


def check_banned(rules, sources):
    for s in sources:
        for line, name in s.calls():
            if name in rules.banned and not (s.is_test and name in TESTS_MAY):
                yield f"{s.path}:{line}: {name} is banned; use {rules.banned[name]}"


def check_sizes(rules, sources):
    limit, file_limit = rules.limits["function-lines"], rules.limits["file-lines"]
    for s in sources:
        lines = s.text.splitlines()
        of_kind = rules.limits["test-lines"] if s.is_test else file_limit
        if len(lines) > of_kind:
            yield f"{s.path}: {len(lines)} lines; above {of_kind} it is time to split it"
        start = None
        for number, line in enumerate(lines, 1):
            if line == "{":
                start = number
            elif line.startswith("}") and start:
                if number - start > limit and line == "}":
                    yield f"{s.path}:{start}: a function of {number - start} lines; the limit is {limit}"
                start = None


def check_words(rules, sources):
    for s in sources:
        for number, line in enumerate(s.text.splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                yield f"{s.path}:{number}: finish it or file an issue; no {re.search(r'TODO|FIXME|XXX|HACK', line)[0]} stays in the code"


def symbols(command):
    names = {}
    for line in subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines():
        parts = line.split()
        if len(parts) >= 3 and parts[-2] in "TDBRVWC":
            names[parts[-1].split("@")[0]] = line
    return names


def library_files():
    found = {}
    for line in subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=False).stdout.splitlines() or \
            subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout.splitlines():
        if "=>" in line:
            found.setdefault(line.split()[0].split(".so")[0], line.split("=>")[1].strip())
    return [found[key] for name in LIBRARIES for key in (name, "lib" + name) if key in found]


def check_symbols(rules, build):
    theirs = {}
    files = library_files()
    if not any("libre" in f for f in files):
        yield "libre's shared library was not found by ldconfig, so symbols could not be compared"
    for path in files:
        for name in symbols(["nm", "-D", "--defined-only", path]):
            theirs.setdefault(name, path)
    # A room's own archive; test beds and doubles beside it are linked into tests only.
    archives = [a for a in sorted(pathlib.Path(build).glob("src/*/lib*.a")) if a.stem == "lib" + a.parent.name]
    if not archives:
        yield f"{build} holds no built room: build first"
    ours = {}
    for archive in archives:
        for name in symbols(["nm", "-g", "--defined-only", str(archive)]):
            if ours.setdefault(name, archive) != archive:
                yield f"{archive}: {name} is also defined in {ours[name]}; one of them needs another name"
            if name in theirs and not name.startswith(rules.interposes):
                yield f"{archive}: {name} is also exported by {theirs[name]} and would replace it; rename ours"


CHECKS = [check_table, check_includes, check_libraries, check_pure, check_sql, check_banned, check_sizes, check_words]


def load(root):
    rules = Rules(root / "tools/layers.txt")
    sources = []
    for path in sorted((root / "src").glob("*/**/*.[ch]")):
        sources.append(Source(path, path.relative_to(root / "src").parts[0]))
    return rules, sources


def run(root, build):
    rules, sources = load(root)
    passed = failed = 0
    checks = [(c.__name__[6:], list(c(rules, sources))) for c in CHECKS]
    if build:
        checks.append(("symbols", list(check_symbols(rules, build))))
    for name, problems in checks:
        for problem in problems:
            print(problem)
        print(("not ok" if problems else "ok") + " - " + name)
        passed, failed = passed + (not problems), failed + bool(problems)
    return passed, failed


BAD = {  # rule -> (file, text that must be refused)
    "includes": ("src/route/a.c", '#include "store/store.h"\n'),
    "includes from src": ("src/route/a.c", '#include "b.h"\n'),
    "libraries": ("src/center/a.c", "#include <re.h>\n"),
    "pure header": ("src/flow/a.c", "#include <time.h>\n"),
    "pure call": ("src/event/a.c", 'void f(void)\n{\n\tfopen("x", "r");\n}\n'),
    "sql": ("src/api/a.c", 'const char *q = "SELECT id FROM user";\n'),
    "banned": ("src/app/a.c", "void f(char *d, const char *s)\n{\n\tstrcpy(d, s);\n}\n"),
    "function size": ("src/app/a.c", "void f(void)\n{\n" + "\tg();\n" * 120 + "}\n"),
    "file size": ("src/app/a.c", "int a;\n" * 900),
    "words": ("src/app/a.c", "/* TO" + "DO: later */\n"),
    "unknown room": ("src/cellar/a.c", "int a;\n"),
}
GOOD = ("src/api/a.c", '/* strcpy(a, b) in a comment, and in a text: */\n#include "store/store.h"\nconst char *a = "strcpy(";\n'
        "void f(struct x *x)\n{\n\tx->gets(1);\n}\n")


def self_test(root):
    table = (root / "tools/layers.txt").read_text()
    failed = passed = 0

    def problems(file, text, layers=table):
        with tempfile.TemporaryDirectory() as folder:
            base = pathlib.Path(folder)
            (base / "tools").mkdir()
            (base / "tools/layers.txt").write_text(layers)
            (base / file).parent.mkdir(parents=True)
            (base / file).write_text(text)
            rules, sources = load(base)
            return [p for c in CHECKS for p in c(rules, sources)]

    cases = [(name, bool(problems(*bad))) for name, bad in BAD.items()]
    cases.append(("cycle", bool(problems(*GOOD, table.replace("event: base", "event: base app")))))
    cases.append(("good code is let through", problems(*GOOD) == []))
    for name, is_right in cases:
        print(("ok" if is_right else "not ok") + " - self-test: " + name)
        passed, failed = passed + is_right, failed + (not is_right)
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", help="a build folder, to compare symbols")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    passed, failed = run(root, options.build)
    if options.self_test:
        more = self_test(root)
        passed, failed = passed + more[0], failed + more[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Every C source looks as .clang-format says. Needs clang-format 14, whose layout the tree follows; says so when absent."""
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    program = shutil.which("clang-format-14")
    if not program:
        print("# clang-format-14 is not installed (./run install-deps lint), and other versions lay code out differently")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    files = [f for folder in ("src", "tests") for f in sorted((ROOT / folder).glob("**/*.[ch]")) if "node_modules" not in f.parts]
    bad = []
    for i in range(0, len(files), 50):
        done = subprocess.run([program, "--dry-run", "-Werror", *files[i:i + 50]], capture_output=True, text=True, check=False)
        bad += [line.split(":")[0] for line in done.stderr.splitlines() if "error:" in line]
    for name in sorted(set(bad)):
        print(f"not ok - {pathlib.Path(name).relative_to(ROOT)}: run clang-format-14 -i on it")
    print(f"# {len(files)} files looked at, {len(set(bad))} to lay out again")
    print(f"{int(not bad)} passed, {int(bool(bad))} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

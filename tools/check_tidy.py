#!/usr/bin/env python3
"""clang-tidy over our sources with the checks of .clang-tidy, two files at a time. usage: check_tidy.py BUILD [FILE...]"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def tidy(build, path):
    done = subprocess.run(["clang-tidy", "-p", build, "--quiet", str(path)], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return path, done.returncode, lines


def main():
    build = sys.argv[1]
    files = [pathlib.Path(f).resolve() for f in sys.argv[2:]] or sorted((ROOT / "src").glob("*/**/*.c"))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, code, lines in pool.map(lambda f: tidy(build, f), files):
            if code or any("warning:" in line or "error:" in line for line in lines):
                failed += 1
                print("\n".join(lines))
            print(f"{'not ok' if code else 'ok'} - {path.relative_to(ROOT)}", flush=True)
    print(f"{len(files) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

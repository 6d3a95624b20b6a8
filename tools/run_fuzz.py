#!/usr/bin/env python3
"""Runs the fuzz targets of a build made with -Dfuzz=true. usage: run_fuzz.py BUILD [NAME] [SECONDS]

Starts from tests/fuzz/corpus/NAME when it exists; new inputs are kept below BUILD. A crash leaves its input beside them and
fails the run.
"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    words = sys.argv[2:]
    seconds = int(words.pop()) if words and words[-1].isdigit() else 30
    targets = sorted(p for p in (build / "tests/fuzz").glob("fuzz_*") if p.is_file())
    targets = [t for t in targets if not words or t.name in (words[0], "fuzz_" + words[0])]
    if not targets:
        sys.exit(f"run_fuzz: no target '{' '.join(words)}' in {build}/tests/fuzz")
    passed = failed = 0
    for target in targets:
        found = build / "fuzz-found" / target.name
        found.mkdir(parents=True, exist_ok=True)
        seeds = ROOT / "tests/fuzz/corpus" / target.name[5:]
        print(f"==> {target.name} for {seconds} s", flush=True)
        command = [target, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=0",
                   f"-artifact_prefix={found}/", found, *([seeds] if seeds.is_dir() else [])]
        code = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
        lines = code.stderr.splitlines()
        print("\n".join(lines[-40:] if code.returncode else lines[-1:]))
        passed, failed = passed + (code.returncode == 0), failed + (code.returncode != 0)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Shows that the simulator finds mistakes: builds the routing engine once as it is (it must pass), then once for each
row of mutations.py with that mistake in it, and demands that sim_fuzz names the row's invariant.

usage: run.py [--root DIR] [--jobs N] [--only TEXT] [--list]
CC chooses the compiler. Nothing is written outside a temporary folder.
"""
import argparse
import concurrent.futures
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mutations import MUTATIONS  # noqa: E402

FLAGS = ['-std=gnu17', '-D_GNU_SOURCE', '-O1', '-w']
LIBRARIES = ['-ljansson', '-lsodium', '-lpthread', '-lm']
SKIPPED = re.compile(r'^(test_|bench_|model)')
SIM = re.compile(r'^(dice|agenda)\.c$')
ROOMS = ('base', 'route', 'replay', 'sim', 'sim/fuzz')
SECONDS_MAX = 120  # one run of sim_fuzz


def cc():
    return shlex.split(os.environ.get('CC', 'cc'))


def call(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f'{" ".join(command)}\n{done.stdout}{done.stderr}')


def sources(root, room):
    names = sorted(n for n in os.listdir(f'{root}/src/{room}') if n.endswith('.c') and not SKIPPED.match(n))
    return [n for n in names if SIM.match(n)] if room == 'sim' else names


class Build:
    """The engine and its simulator, compiled once; a mutation compiles one file and links again."""

    def __init__(self, root, folder, jobs):
        self.folder = folder
        self.objects = {}
        for room in ROOMS:
            os.makedirs(f'{folder}/src/{room}')
            for name in os.listdir(f'{root}/src/{room}'):
                if name.endswith(('.c', '.h')):
                    shutil.copy(f'{root}/src/{room}/{name}', f'{folder}/src/{room}/{name}')
            for name in sources(root, room):
                self.objects[f'{room}/{name}'] = f'{folder}/{room.replace("/", "_")}_{name}.o'
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda s: self.compile(f'{folder}/src/{s}', self.objects[s]), self.objects))
        self.program = self.link(self.objects, f'{folder}/sim_fuzz')

    def compile(self, source, target):
        call(*cc(), *FLAGS, f'-I{self.folder}/src', '-c', source, '-o', target)

    def link(self, objects, target):
        call(*cc(), *objects.values(), '-o', target, *LIBRARIES)
        return target

    def mutated(self, number, file, text, instead):
        path = f'{self.folder}/src/route/{file}'
        whole = open(path).read()
        found = whole.count(text)
        if found != 1:
            raise LookupError(f'the text is there {found} times in src/route/{file}: the table needs a new one')
        source = f'{self.folder}/src/route/mutated_{number}_{file}'
        with open(source, 'w') as out:
            out.write(whole.replace(text, instead))
        target = f'{self.folder}/mutated_{number}.o'
        self.compile(source, target)
        return self.link({**self.objects, f'route/{file}': target}, f'{self.folder}/sim_fuzz_{number}')


def simulate(program, first, last, until=None):
    """(None, '') when the seeds pass; else the first fault (with `until`: of that name, as far as it can be told)."""
    command = [program, '--seeds', f'{first}..{last}', '--no-check', *(['--until', until] if until else [])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return None, 'timeout'
    fault = re.search(r'FAILED seed (\d+) step \d+ invariant (\w+)', done.stdout)
    if done.returncode == 0:
        return None, ''
    if done.returncode != 1 or not fault:
        raise RuntimeError(f'{" ".join(command)} ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}')
    return int(fault[1]), fault[2]


def hunt(program, invariant, seeds):
    """The seed that names the invariant, or None; and what else was seen on the way."""
    seed, others = 1, []
    while seed <= seeds:
        at, name = simulate(program, seed, seeds, invariant)
        if name == invariant:
            return at, others
        if at is None:
            others += [name] if name else []
            return None, others
        others.append(name)  # an assertion of the engine: the process is gone, go on behind it
        seed = at + 1
    return None, others


def judge(build, number):
    name, file, text, instead, invariant, seeds = MUTATIONS[number]
    try:
        program = build.mutated(number, file, text, instead)
    except (LookupError, RuntimeError) as error:
        return False, f'{name}: {error}'
    seed, others = hunt(program, invariant, seeds)
    os.unlink(program)
    beside = f' (before it: {", ".join(sorted(set(others)))})' if others else ''
    if seed is None:
        return False, f'{name}: {invariant} did not fail in {seeds} seeds{beside}'
    return True, f'{name}: {invariant}, seed {seed}{beside}'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--root', default=os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
    parser.add_argument('--jobs', type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument('--only', default='', help='rows whose name or invariant has this text')
    parser.add_argument('--list', action='store_true')
    options = parser.parse_args()
    rows = [i for i, m in enumerate(MUTATIONS) if options.only in m[0] or options.only in m[4]]
    if options.list:
        print('\n'.join(f'{MUTATIONS[i][4]}: {MUTATIONS[i][0]}' for i in rows))
        return 0
    if not rows:
        print(f'no row has "{options.only}" in its name or invariant', file=sys.stderr)
        return 2
    failed = 0
    with tempfile.TemporaryDirectory(prefix='mutations-') as folder:
        build = Build(os.path.abspath(options.root), folder, options.jobs)
        seeds = max(MUTATIONS[i][5] for i in rows)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            whole = pool.submit(simulate, build.program, 1, seeds)
            for is_found, what in pool.map(lambda i: judge(build, i), rows):
                failed += not is_found
                print('found ' if is_found else 'FAILED', what, flush=True)
            seed, name = whole.result()
            failed += bool(name)
            print(f'FAILED the engine as it is: seed {seed}, {name}' if name
                  else f'passed the engine as it is, {seeds} seeds')
    print(f'{len(rows) + 1 - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

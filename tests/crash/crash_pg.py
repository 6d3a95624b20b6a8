#!/usr/bin/env python3
"""The same proof on PostgreSQL: workload.c on a server of its own, and at a random moment kill -9 of the workload, of
PostgreSQL with everything it started (it recovers from its own log then), of both, or only of the writer's connection.
Afterwards the store is opened again and check.py reads the database through psql.

usage: crash_pg.py --build DIR [--cases N] [--seconds N] [--seed N] [--json] [--keep]
The last line is "N passed, N failed".
"""
import argparse
import glob
import json
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from check import check  # noqa: E402

START_SECONDS_MAX = 30
RUN_SECONDS_MAX = 60
LOADS = (['--events', '300', '--rows', '25'], ['--events', '1500', '--rows', '4'], ['--events', '60', '--rows', '90'])
KILLS = ('us', 'us', 'postgres', 'postgres', 'postgres at once', 'both', 'connection')


def programs():
    found = sorted(glob.glob('/usr/lib/postgresql/*/bin/postgres'))
    if not found:
        sys.exit('PostgreSQL is missing: install the package postgresql (apt-get install postgresql)')
    return os.path.dirname(found[-1])


def unprivileged():
    for name in ('postgres', 'nobody'):
        try:
            return name if os.getuid() == 0 and pwd.getpwnam(name) else None
        except KeyError:
            continue
    return None


class Postgres:
    """A server of our own in a temporary folder, on a Unix socket and a free port."""

    def __init__(self):
        self.bin, self.user = programs(), unprivileged()
        self.folder = tempfile.mkdtemp(prefix='markaz-crash-pg-')
        self.data = f'{self.folder}/data'
        if self.user:
            shutil.chown(self.folder, self.user)
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        subprocess.run([f'{self.bin}/initdb', '-D', self.data, '-U', 'markaz', '--auth=trust', '--encoding=UTF8', '--locale=C'],
                       check=True, capture_output=True, user=self.user, cwd=self.folder)
        self.start()

    def url(self, name):
        return f'postgres://markaz@/{name}?host={self.folder}&port={self.port}'

    def start(self):
        """Comes back once a server answers. Memory of a killed one may be in use for a moment: tried again."""
        deadline = time.monotonic() + START_SECONDS_MAX
        self.child = None
        while time.monotonic() < deadline:
            if self.child is None or self.child.poll() is not None:
                with open(f'{self.folder}/log', 'ab') as log:
                    self.child = subprocess.Popen([f'{self.bin}/postgres', '-D', self.data, '-p', str(self.port), '-k', self.folder,
                                                   '-c', 'listen_addresses=', '-c', 'shared_buffers=32MB',
                                                   '-c', 'fsync=off'],  # programs die here, the system does not: its memory keeps all
                                                  stdout=log, stderr=log, user=self.user, cwd=self.folder)
            if subprocess.run([f'{self.bin}/pg_isready', '-q', '-h', self.folder, '-p', str(self.port)], check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError(f'PostgreSQL does not start: {self.folder}/log')

    def sql(self, text, name='postgres'):
        return subprocess.run([f'{self.bin}/psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', self.url(name), '-c', text],
                              check=True, capture_output=True, text=True).stdout

    def kill(self):
        """As a power cut for the programs: the postmaster and all it started, at once."""
        pid = self.child.pid
        children = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text(encoding='utf-8').split()
        for one in [str(pid), *children]:
            try:
                os.kill(int(one), signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.child.wait()

    def stop_at_once(self):
        self.child.send_signal(signal.SIGQUIT)
        self.child.wait()

    def end(self):
        if self.child.poll() is None:
            self.stop_at_once()
        shutil.rmtree(self.folder, ignore_errors=True)


class Case:
    def __init__(self, build, pg, seed):
        self.workload, self.pg, self.seed = f'{build}/tests/crash/workload', pg, seed
        self.dice = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix=f'markaz-crash-pg-{seed}-')
        self.dir, self.acks = f'{self.folder}/data', f'{self.folder}/acks'
        self.name = f'crash_{seed}'
        pg.sql(f'CREATE DATABASE {self.name}')
        os.mkdir(self.dir, 0o700)
        with open(os.open(f'{self.dir}/database', os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='utf-8') as file:
            file.write(pg.url(self.name) + '\n')
        self.story, self.faults, self.kills = [], [], 0

    def start(self, args):
        return subprocess.Popen([self.workload, '--dir', self.dir, '--acks', self.acks, *args], stdout=subprocess.DEVNULL,
                                stderr=open(f'{self.folder}/stderr', 'ab'))

    def finish(self, child, what, may_refuse=False):
        """may_refuse: the server died under it, so it may not have been able to open the store."""
        try:
            code = child.wait(RUN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            code = 'no end'
        if code not in ((0, -9, 3) if may_refuse else (0, -9)):
            self.faults.append(f'{what} ended with {code}: {pathlib.Path(f"{self.folder}/stderr").read_text(encoding="utf-8")[-1200:]}')

    def strike(self, child, what):
        self.kills += 1
        if what in ('us', 'both'):
            child.kill()
            child.wait()
        if what in ('postgres', 'both'):
            self.pg.kill()
        if what == 'postgres at once':
            self.pg.stop_at_once()
        if what == 'connection':
            self.pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                        f"AND datname = '{self.name}'")
        if 'postgres' in what or what == 'both':
            time.sleep(self.dice.choice((0, 0.1, 0.7)))
            self.pg.start()

    def go(self):
        for round_ in range(1, self.dice.choice((1, 2, 3)) + 1):
            what = self.dice.choice(KILLS)
            args = [*self.dice.choice(LOADS), '--round', str(round_), '--seed', str(self.seed * 10 + round_)]
            child = self.start([*args, '--spool', '8'])
            time.sleep(self.dice.uniform(0.02, 1.2))
            self.story.append(f'{what} killed{"" if child.poll() is None else " after the end"}')
            self.strike(child, what)
            self.finish(child, 'the workload', may_refuse=what != 'us')
            if self.dice.random() < 0.3:
                child = self.start(['--recover'])
                time.sleep(self.dice.uniform(0.01, 0.15))
                self.story.append('and us in the recovery')
                self.strike(child, 'us')
            if not self.faults:
                self.finish(self.start(['--recover']), 'the recovery')
            self.faults += check(self.dir, [self.acks])
            if self.faults:
                return

    def end(self, is_kept):
        if self.faults or is_kept:
            return
        self.pg.sql(f'DROP DATABASE {self.name} WITH (FORCE)')
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', required=True)
    parser.add_argument('--cases', type=int, default=1 << 30)
    parser.add_argument('--seconds', type=float, default=1e9)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--keep', action='store_true', help='the folder of every case, and the server running')
    options = parser.parse_args()
    pg, start, passed, failed, kills, kinds = Postgres(), time.monotonic(), 0, 0, 0, {}
    try:
        for seed in range(options.seed, options.seed + options.cases):
            if time.monotonic() - start > options.seconds or failed >= 3:
                break
            case = Case(options.build, pg, seed)
            try:
                case.go()
            except Exception as error:  # a case that cannot be judged is a failed one
                case.faults.append(f'{type(error).__name__}: {error}')
            kills += case.kills
            for word in case.story:
                kinds[word.split(' killed')[0]] = kinds.get(word.split(' killed')[0], 0) + 1
            failed += bool(case.faults)
            passed += not case.faults
            if case.faults:
                print(f'FAILED seed {seed}: {"; ".join(case.story)}\n  ' + '\n  '.join(case.faults[:8]) +
                      f'\n  acknowledgements in {case.acks}; again: crash_pg.py --build BUILD --seed {seed} --cases 1', flush=True)
            case.end(options.keep)
    finally:
        if not options.keep:
            pg.end()
    if options.json:
        print(json.dumps({'name': 'crash_postgres', 'value': kills, 'unit': 'kills', 'reference': None, 'target': None,
                          'met': failed == 0, 'cases': passed + failed, 'failed': failed, 'kinds': kinds}))
    else:
        print(f'# {kills} kills in {time.monotonic() - start:.0f} s: {", ".join(f"{n} {k}" for k, n in kinds.items())}')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())

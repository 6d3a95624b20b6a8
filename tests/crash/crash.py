#!/usr/bin/env python3
"""Crashes on purpose: runs workload.c with cut.c before it, so that it ends at one random call that changes a file, as
kill -9 ends it or as a power cut does; opens the store again (which is cut, too, now and then), and lets check.py say
whether everything promised is there. One seed, one case: directory, load, kinds and places of the cuts.

usage: crash.py --build DIR [--cuts N] [--seconds N] [--seed N] [--jobs N] [--keep] [--only SCENE] [--json]
  --cuts      stop after so many cuts (0: only by time)        --seconds  start no new case after so long
  --seed      the first seed; with --keep and one case this is how to look at a failure: --cuts 1 --seed N --keep
The last line is "N passed, N failed": cases.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))
from check import check, check_durable, check_spool_is_clean  # noqa: E402
from unseal import Unsealer  # noqa: E402

RUN_SECONDS_MAX = 60
RECOVERIES_CUT_MAX = 3
# What a round's load is: arguments of workload.c, and how often it is chosen.
LOADS = {
    'small': (['--events', '120', '--rows', '12'], 8),
    'events': (['--events', '600', '--rows', '2'], 3),
    'rows': (['--events', '30', '--rows', '60'], 3),
    'large': (['--events', '6500', '--rows', '6', '--text', '4000', '--linger', '60'], 1),
}
SPOOL_WRITES, SPOOL_CALLS = 9, 24  # that make a new one of 8 MB
BASE_MS = int(time.time() // 86400 * 86400000)  # archives go by months: events of one month
KINDS = ('write', 'size', 'sync', 'rename', 'unlink', 'create')
SCENES = ('new', 'new', 'new', 'opening', 'old', 'old', 'closing', 'pressure', 'pressure', 'erasing', 'archiving', 'spooling', 'doubting')


class Tools:
    def __init__(self, build, workload=None):
        self.workload = workload or f'{build}/tests/crash/workload'
        self.cut = f'{build}/tests/crash/cut.so'
        self.calls = {}  # load -> calls of a whole run
        for path in (self.workload, self.cut):
            if not os.path.exists(path):
                sys.exit(f'{path} is missing: ninja -C {build} tests/crash/workload tests/crash/cut.so')


class Case:
    """One directory and what happens to it."""

    def __init__(self, tools, seed, scene=None):
        self.tools, self.seed = tools, seed
        self.dice = random.Random(seed)
        self.scene = scene or self.dice.choice(SCENES)
        self.folder = tempfile.mkdtemp(prefix=f'markaz-crash-{seed}-')
        self.dir, self.acks = f'{self.folder}/data', f'{self.folder}/acks'
        os.mkdir(self.dir)
        self.cuts, self.story, self.faults = [], [], []
        self.n_sides = 0

    def run(self, args, at=0, how='before', is_power=False, kind=None, fail=None, part=None):
        """Runs the workload; the report of cut.c. at: the call (of this kind) to end at (0: none)."""
        self.n_sides += 1
        side, report = f'{self.folder}/side{self.n_sides}', f'{self.folder}/report'
        os.mkdir(side)
        env = {**os.environ, 'LD_PRELOAD': self.tools.cut, 'CUT_DIR': self.dir, 'CUT_REPORT': report, 'CUT_HOW': how,
               'CUT_SEED': str(self.dice.randrange(1 << 60))}
        if at:
            env['CUT_AT'] = str(at)
        if fail:
            env['CUT_FAIL'] = fail
        if part:
            env['CUT_PART'] = part
        if kind:
            env['CUT_KIND'] = kind
        if is_power:
            env.update(CUT_POWER='1', CUT_SIDE=side)
        pathlib.Path(report).unlink(missing_ok=True)
        done = subprocess.run([self.tools.workload, '--dir', self.dir, '--acks', self.acks, *args], env=env, capture_output=True,
                              text=True, timeout=RUN_SECONDS_MAX, check=False)
        shutil.rmtree(side)
        told = json.loads(pathlib.Path(report).read_text(encoding='utf-8')) if os.path.exists(report) else {}
        if done.returncode == -9 and told.get('cut'):
            told['power'] = is_power
            self.cuts.append(told)
        elif done.returncode != 0 and not (fail and done.returncode == 3):  # a disk that refuses may keep it from opening
            self.faults.append(f'{" ".join(args)} ended with {done.returncode}: {done.stderr[-1500:]}')
        self.story.append(f'{"power " if is_power else ""}{told.get("cut") or "to the end"} ({told.get("calls")} calls)')
        return told

    def cut_run(self, args, first, last, kinds=None):
        """kinds: how many calls of each kind a whole run makes; then rare kinds are cut as often as writes."""
        how = self.dice.choice(('before', 'middle', 'after'))
        is_power = self.dice.random() < 0.6
        if kinds and self.dice.random() < 0.4:
            kind = self.dice.choice([k for k, n in kinds.items() if n])
            return self.run(args, self.dice.randint(1, kinds[kind]), how, is_power, kind)
        return self.run(args, self.dice.randint(max(1, first), max(1, last)), how, is_power)

    def pressed_run(self, args, calls):
        """The disk refuses for some calls: the database's file, seldom everything. Then the cut, or none."""
        first = self.dice.randint(100, calls)
        last = first + self.dice.choice((1, 3, 8, 20))
        part = self.dice.choice(('markaz.db', 'markaz.db', 'markaz.db-wal', 'spool', ''))
        fail = f'{self.dice.choice(("write", "sync", "write,sync", "all"))}:{self.dice.choice(("ENOSPC", "EIO", "EROFS"))}:{first}-{last}:{part}'
        at = self.dice.choice((0, self.dice.randint(first, last + 5), self.dice.randint(first, first + 400)))
        self.story.append(f'refusing {fail}')
        self.run([*args, '--spool', '8'], at, self.dice.choice(('before', 'middle', 'after')), self.dice.random() < 0.6, fail=fail)
        if not self.faults:
            self.look_at_once()

    def spooling_run(self):
        """The database refuses for long enough, and the cut is at a write into the spool."""
        first = self.dice.randint(320, 700)
        fail = f'write:{self.dice.choice(("ENOSPC", "EIO"))}:{first}-{first + self.dice.choice((4, 30))}:markaz.db'
        at = SPOOL_WRITES + self.dice.randint(1, 14)
        self.story.append(f'refusing {fail}, write {at} of the spool')
        self.run([*LOADS['small'][0], '--spool', '8', '--round', '1', '--seed', str(self.seed)], at,
                 self.dice.choice(('before', 'middle', 'middle', 'after')), self.dice.random() < 0.6, 'write', fail, '/spool')
        if not self.faults:
            self.look_at_once()
        self.recover()

    def doubting_run(self):
        """One sync of the database's log fails, so that nobody knows whether that commit happened; the power goes soon after."""
        first = self.dice.randint(330, 1500)
        fail = f'sync:{self.dice.choice(("ENOSPC", "EIO"))}:{first}-{first + 25}:markaz.db-wal'
        at = first - SPOOL_CALLS + self.dice.randint(1, 90)
        self.story.append(f'refusing {fail}, call {at} of the database')
        self.run([*LOADS['small'][0], '--spool', '8', '--round', '1', '--seed', str(self.seed)], at,
                 self.dice.choice(('before', 'middle', 'after')), True, None, fail, '/markaz.db')
        if not self.faults:
            self.look_at_once()
        self.recover()

    def look_at_once(self):
        """Before anything is recovered: what was acknowledged is in the database or in the spool."""
        copy = f'{self.folder}/copy'
        shutil.copytree(self.dir, copy)
        self.faults += check_durable(copy, [self.acks])
        shutil.rmtree(copy)

    def recover(self):
        """Opens the store until it is let; then what is there is compared with what was promised."""
        for _ in range(RECOVERIES_CUT_MAX):
            if self.dice.random() < 0.5:
                break
            self.cut_run(['--recover'], 1, 60, {'write': 30, 'sync': 6, 'unlink': 2, 'create': 2, 'size': 1})
        if self.faults:
            return
        self.run(['--recover'])
        if not self.faults:
            self.faults += check(self.dir, [self.acks])
        if self.faults and all('bytes are still' in f for f in self.faults):  # a reader was in the way: the keeper comes after 5 s
            self.faults = []
            self.run(['--recover', '--keeper', '--linger', '7000'])
            self.faults += check(self.dir, [self.acks])

    def go(self):
        if self.scene in ('spooling', 'doubting'):
            (self.spooling_run if self.scene == 'spooling' else self.doubting_run)()
            return
        if self.scene == 'old':
            self.make_old()
        rounds = self.dice.choice((1, 1, 2, 3))
        for round_ in range(1, rounds + 1):
            name = self.dice.choices(list(LOADS), [weight for _, weight in LOADS.values()])[0]
            args = [*LOADS[name][0], '--round', str(round_), '--seed', str(self.seed * 10 + round_)]
            told = self.tools.calls[name]
            calls, kinds = told['calls'], {k: told[k] for k in KINDS}
            if self.scene == 'erasing':
                self.cut_run([*args, '--erase', '--linger', '30'], 200, int(calls * 1.5))
            elif self.scene == 'archiving':
                self.cut_run([*args, '--archive', *(['--erase'] if self.seed % 2 else []), '--linger', '60', '--base', str(BASE_MS)], 200, calls * 2)
            elif self.scene == 'pressure':
                self.pressed_run(args, calls)
            elif self.scene == 'old' and round_ == 1 and self.dice.random() < 0.8:
                self.cut_run(args, 1, 400)
            elif self.scene == 'opening':
                self.cut_run(args, 1, 260)
            elif self.scene == 'closing':
                self.cut_run(args, int(calls * 0.9), int(calls * 1.02))
            else:
                self.cut_run(args, 1, calls, kinds)
            self.recover()
            if self.faults:
                return
        if self.scene == 'pressure':
            self.run(['--recover', '--linger', '150'])
            self.faults += check(self.dir, [self.acks]) + check_spool_is_clean(self.dir)

    def make_old(self):
        """A database of an earlier schema with data in it: what a run left behind, in tables of then."""
        self.run(['--events', '200', '--rows', '25', '--round', '0', '--seed', str(self.seed)])
        new = f'{self.folder}/new.db'
        for suffix in ('', '-wal'):
            if os.path.exists(f'{self.dir}/markaz.db{suffix}'):
                shutil.move(f'{self.dir}/markaz.db{suffix}', new + suffix)
        schema = self.dice.randint(1, 6)
        old_database(new, f'{self.dir}/markaz.db', schema, pathlib.Path(f'{self.dir}/secret.key').read_bytes())
        if schema < 5:  # without a routing log
            lines = pathlib.Path(self.acks).read_text(encoding='utf-8').splitlines(keepends=True)
            pathlib.Path(self.acks).write_text(''.join(line for line in lines if '"w":"part"' not in line), encoding='utf-8')
        self.story.append(f'schema {schema} of before')


def tail_key(number):
    return ''.join(c for c in number or '' if c.isascii() and c.isdigit())[::-1][:9]


def as_plain(db, secret):
    """Events as they were written before personal texts were sealed."""
    unsealer = Unsealer(secret, dict(db.execute('SELECT id, salt FROM new.person').fetchall()))
    for seq, interaction, kind, text in db.execute('SELECT seq, interaction, type, data FROM main.event').fetchall():
        data = json.loads(text)
        person, sealed = data.pop('p', 0), data.pop('z', None)
        if sealed:
            data.update(unsealer.open(sealed, person, seq, interaction, kind))
        db.execute('UPDATE main.event SET data = ? WHERE seq = ?', (json.dumps(data, ensure_ascii=False), seq))


def old_database(new, path, schema, secret):
    """Copies what an earlier schema can hold of a present database."""
    db = sqlite3.connect(path, isolation_level=None)
    db.create_function('number_key', 1, tail_key, deterministic=True)
    db.execute('PRAGMA journal_mode=WAL')
    db.execute('PRAGMA application_id = 1296125515')
    db.execute('CREATE TABLE schema_migration (number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL)')
    for number in range(1, schema + 1):
        for sql in sorted((ROOT / 'src/store/migrations').glob(f'{number:04}_*.sql')):
            if not sql.name.endswith('.postgres.sql'):
                db.executescript(sql.read_text(encoding='utf-8'))
        db.execute('INSERT INTO schema_migration VALUES (?, 0)', (number,))
    db.execute('ATTACH ? AS new', (new,))
    db.execute('BEGIN')
    db.execute('DELETE FROM setting')
    there = {row[0] for row in db.execute("SELECT name FROM new.sqlite_master WHERE type = 'table'")}
    for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
        if table in ('schema_migration', 'customer_number', 'sqlite_sequence') or table not in there:
            continue
        columns = ({row[1] for row in db.execute(f'PRAGMA main.table_info("{table}")')} &
                   {row[1] for row in db.execute(f'PRAGMA new.table_info("{table}")')})
        names = ', '.join(f'"{c}"' for c in sorted(columns))
        db.execute(f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM new."{table}"')
    as_plain(db, secret)
    db.execute("DELETE FROM main.fact WHERE key <> 'crash test'")  # what later schemas keep there
    db.execute('COMMIT')
    db.close()


def calibrate(tools):
    """How many calls a whole run of each load makes."""
    for name, (args, _) in LOADS.items():
        case = Case(tools, 0, 'new')
        tools.calls[name] = case.run(args)
        if case.faults:
            sys.exit('\n'.join(case.faults))
        shutil.rmtree(case.folder)


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.cuts = self.passed = self.failed = self.power = 0
        self.kinds = {}

    def add(self, case):
        with self.lock:
            self.cuts += len(case.cuts)
            self.power += sum(c['power'] for c in case.cuts)
            for c in case.cuts:
                call = c['cut'].replace('middle of', 'middle').split()[1]
                self.kinds[call] = self.kinds.get(call, 0) + 1
            self.failed += bool(case.faults)
            self.passed += not case.faults


def one(tools, seed, scene, keep, tally):
    case = Case(tools, seed, scene)
    try:
        case.go()
    except Exception as error:  # a case that cannot be judged is a failed one
        case.faults.append(f'{type(error).__name__}: {error} ({traceback.format_exc()[-300:]})')
    tally.add(case)
    if case.faults:
        print(f'FAILED seed {seed} ({case.scene}): {"; ".join(case.story)}\n  ' + '\n  '.join(case.faults[:8]) +
              f'\n  kept in {case.folder}; again: crash.py --build BUILD --seed {seed} --cases 1 --only {case.scene}', flush=True)
    elif keep:
        print(f'{case.folder}: {"; ".join(case.story)}')
    else:
        shutil.rmtree(case.folder, ignore_errors=True)


def campaign(tools, options, tally):
    start, seed, waiting = time.monotonic(), options.seed, set()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        while True:
            is_over = ((options.cuts and tally.cuts >= options.cuts) or time.monotonic() - start > options.seconds or
                       (options.cases and seed >= options.seed + options.cases) or tally.failed >= options.failures)
            if is_over:
                break
            waiting.add(pool.submit(one, tools, seed, options.only, options.keep, tally))
            seed += 1
            if len(waiting) >= options.jobs:
                _, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', required=True)
    parser.add_argument('--workload', help='another workload than the build\'s')
    parser.add_argument('--cuts', type=int, default=0)
    parser.add_argument('--cases', type=int, default=0)
    parser.add_argument('--seconds', type=float, default=1e9)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--jobs', type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument('--failures', type=int, default=10, help='stop after so many')
    parser.add_argument('--only', choices=sorted(set(SCENES)))
    parser.add_argument('--keep', action='store_true')
    parser.add_argument('--json', action='store_true')
    options = parser.parse_args()
    tools, tally = Tools(options.build, options.workload), Tally()
    calibrate(tools)
    seconds = campaign(tools, options, tally)
    kinds = ', '.join(f'{n} {k}' for k, n in sorted(tally.kinds.items(), key=lambda kv: -kv[1]))
    if options.json:
        print(json.dumps({'name': 'crash_points', 'value': tally.cuts, 'unit': 'cuts', 'reference': None, 'target': options.cuts or None,
                          'met': tally.failed == 0 and tally.cuts >= options.cuts, 'cases': tally.passed + tally.failed,
                          'failed': tally.failed, 'power_cuts': tally.power, 'kinds': tally.kinds, 'seconds': round(seconds)}))
    else:
        print(f'# {tally.cuts} cuts ({tally.power} of them of the power) in {seconds:.0f} s: {kinds}')
    print(f'{tally.passed} passed, {tally.failed} failed')
    return 1 if tally.failed or not tally.passed else 0


if __name__ == '__main__':
    sys.exit(main())

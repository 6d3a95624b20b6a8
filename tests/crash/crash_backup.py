#!/usr/bin/env python3
"""`markaz backup` and `markaz restore`, cut at random calls: a backup that was cut off is refused or whole, the centre it was
made of is as before, and a restore that was cut off leaves nothing a server would take for the whole.

usage: crash_backup.py --build DIR [--cases N] [--seed N]
The last line is "N passed, N failed".
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from check import check  # noqa: E402

SECONDS_MAX = 60


class Centre:
    """A directory with something in it, once for all cases."""

    def __init__(self, build):
        self.markaz, self.cut = f'{build}/src/app/markaz', f'{build}/tests/crash/cut.so'
        self.folder = tempfile.mkdtemp(prefix='markaz-crash-backup-')
        self.dir, self.acks = f'{self.folder}/data', f'{self.folder}/acks'
        os.mkdir(self.dir)
        subprocess.run([f'{build}/tests/crash/workload', '--dir', self.dir, '--acks', self.acks], check=True, capture_output=True)
        os.mkdir(f'{self.dir}/prompts')
        pathlib.Path(f'{self.dir}/prompts/house.wav').write_bytes(os.urandom(30000))

    def count(self, words, watched):
        """How many calls a whole one makes."""
        report = f'{self.folder}/report'
        subprocess.run([self.markaz, *words], env={**os.environ, 'LD_PRELOAD': self.cut, 'CUT_DIR': watched, 'CUT_REPORT': report},
                       check=True, capture_output=True, timeout=SECONDS_MAX)
        return json.loads(pathlib.Path(report).read_text(encoding='utf-8'))['calls']

    def calibrate(self):
        os.makedirs(f'{self.folder}/0/backup', mode=0o700)
        os.makedirs(f'{self.folder}/0/data')
        self.backup_calls = self.count(['backup', f'{self.folder}/0/backup', '--config', self.config(self.dir)], f'{self.folder}/0/backup')
        self.restore_calls = self.count(['restore', f'{self.folder}/0/backup', '--config', self.config(f'{self.folder}/0/data')],
                                        f'{self.folder}/0/data')
        shutil.rmtree(f'{self.folder}/0')

    def config(self, data):
        path = f'{data}.conf'
        pathlib.Path(path).write_text(f'data_directory = {data}\n', encoding='utf-8')
        return path

    def run(self, words, watched=None, dice=None, last=0):
        """Runs markaz; watched: the folder whose calls are cut."""
        env = dict(os.environ)
        if watched:
            side = f'{watched}.side'
            os.mkdir(side)
            env.update(LD_PRELOAD=self.cut, CUT_DIR=watched, CUT_AT=str(dice.randint(1, last)), CUT_SEED=str(dice.randrange(1 << 60)),
                       CUT_HOW=dice.choice(('before', 'middle', 'after')))
            if dice.random() < 0.6:
                env.update(CUT_POWER='1', CUT_SIDE=side)
        done = subprocess.run([self.markaz, *words], env=env, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        if watched:
            shutil.rmtree(side)
        return done


def case(centre, seed):
    """The faults of one seed; how often something was cut."""
    dice, work, faults, cuts = random.Random(seed), f'{centre.folder}/{seed}', [], 0
    os.makedirs(f'{work}/backup', mode=0o700)
    done = centre.run(['backup', f'{work}/backup', '--config', centre.config(centre.dir)], f'{work}/backup', dice, centre.backup_calls)
    cuts += done.returncode == -9
    faults += [f'the centre itself after a backup: {f}' for f in check(centre.dir, [centre.acks])]
    os.makedirs(f'{work}/data')
    done = centre.run(['restore', f'{work}/backup', '--config', centre.config(f'{work}/data')])
    if done.returncode == 0:
        faults += [f'restored from a backup that was cut: {f}' for f in check(f'{work}/data', [centre.acks])]
    elif os.listdir(f'{work}/data'):
        faults.append(f'a refused restore left {os.listdir(f"{work}/data")}')
    elif not done.stderr.strip():
        faults.append('a restore was refused without a sentence')
    shutil.rmtree(work)
    os.makedirs(f'{work}/data')
    if centre.run(['backup', f'{work}/backup', '--config', centre.config(centre.dir)]).returncode != 0:
        return faults + ['a backup failed that nobody cut'], cuts
    done = centre.run(['restore', f'{work}/backup', '--config', centre.config(f'{work}/data')], f'{work}/data', dice, centre.restore_calls)
    cuts += done.returncode == -9
    if os.path.exists(f'{work}/data/markaz.db'):
        faults += [f'after a restore that was cut there is a database: {f}' for f in check(f'{work}/data', [centre.acks])]
        key = f'{work}/data/secret.key'
        if not os.path.exists(key) or pathlib.Path(key).read_bytes() != pathlib.Path(f'{centre.dir}/secret.key').read_bytes():
            faults.append('after a restore that was cut there is a database without its key')
    shutil.rmtree(work)
    return faults, cuts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', required=True)
    parser.add_argument('--cases', type=int, default=40)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    centre, passed, failed, cuts = Centre(options.build), 0, 0, 0
    centre.calibrate()
    for seed in range(options.seed, options.seed + options.cases):
        try:
            faults, n = case(centre, seed)
        except Exception as error:  # a case that cannot be judged is a failed one
            faults, n = [f'{type(error).__name__}: {error}'], 0
        cuts += n
        passed += not faults
        failed += bool(faults)
        if faults:
            print(f'FAILED seed {seed}: ' + '\n  '.join(faults[:6]), flush=True)
    print(f'# {cuts} cuts')
    print(f'{passed} passed, {failed} failed')
    if not failed:
        shutil.rmtree(centre.folder)
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())

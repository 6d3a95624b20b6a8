#!/usr/bin/env python3
"""Shows that the crash tests can fail: a store with one mistake in it each time, which crash.py must find, and name.

usage: mutations.py --build DIR [--only TEXT] [--list]
Nothing is written outside a temporary folder. The last line is "N passed, N failed".
"""
import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_MAX = 60  # of crash.py for one mistake

# name, file below src/ (None: the preloaded library's environment instead), text, what stands there instead, what the
# checker must say, arguments of crash.py. The text must be there exactly once: when the store was rewritten there, state
# the same mistake in the new text.
MUTATIONS = [
    ('a disk that says it has written and has not', None, 'CUT_SWALLOW', '1', r'was acknowledged', []),
    ('synchronous=OFF', 'db/sqlite.c', 'PRAGMA synchronous=FULL', 'PRAGMA synchronous=OFF', r'was acknowledged', []),
    ('synchronous=NORMAL', 'db/sqlite.c', 'PRAGMA synchronous=FULL', 'PRAGMA synchronous=NORMAL', r'was acknowledged', []),
    ('events acknowledged before the commit', 'store/batch.c', '\terr = db_commit(&s->db);\n',
     '\tif (s->on_commit && b->events)\n\t\ts->on_commit(b->last_seq, s->arg);\n\terr = db_commit(&s->db);\n', r'acknowledged', []),
    ('a number is left out', 'store/connect.c', 's->next_seq = atomic_load(&s->visible) + 1;',
     's->next_seq = atomic_load(&s->visible) + 2;', r'gap', []),
    ('a change in the audit log under another name', 'store/changes.c', 'return err ? err : record(s, rq, "updated", before, rq->row);',
     'return err ? err : record(s, rq, "created", NULL, rq->row);', r'asked for update|the audit log says', []),
    ('a migration in two transactions', 'store/migrate.c', '\terr = db_exec(db, sql);\n',
     '\terr = db_exec(db, sql);\n\tif (err == 0)\n\t\terr = db_commit(db);\n\tif (err == 0)\n\t\terr = db_begin(db);\n',
     r'ended with 3', ['--only', 'old']),
    ('a part of the routing log left out', 'store/route_log.c', 'for (size_t i = 0; i < end && err == 0;) {',
     'for (size_t i = end > 3; i < end && err == 0;) {', r'routing log of run', []),
    ('a table that forgets an event', 'store/fold.c', 'SET talk_ms = talk_ms + :talk',
     'SET talk_ms = 1 + :talk', r'interaction \d+: ', []),
    ('a spool whose checksums nobody looks at', 'store/spool_format.c',
     'get64(in + 8) != h->generation || memcmp(check, in + 40, sizeof(check)) != 0', 'get64(in + 8) != h->generation',
     r'event \d+|ended with 3|spool', ['--only', 'spooling']),
    ('a spool that is not brought to the disk', 'store/spool.c', '\tif (err == 0)\n\t\terr = sync_data(sp->fd);\n\tif (sp->dirty_end',
     '\tif (sp->dirty_end', r'neither in the database nor in the spool|acknowledged', ['--only', 'pressure']),
    ('a doubtful commit is always taken for none', 'store/pressure.c', 'bool has_happened = s->doubt_number > 0 &&',
     'bool has_happened = false && s->doubt_number > 0 &&', r'routing log|nobody made it|changes were acknowledged|token|fact',
     ['--only', 'pressure']),
    ('a commit found after a failed sync is believed as it is', 'store/connect.c', '\t\terr = make_sure(s, &mark);',
     '\t\terr = 0 * (int)(intptr_t)make_sure;', r'acknowledged', ['--only', 'doubting']),
    ('an erasure that keeps the key', 'store/erase.c', 'SET salt = NULL, erased_ms = ? WHERE id = ?', 'SET erased_ms = ? WHERE id = ?',
     r'was erased, acknowledged, and is there', ['--only', 'erasing']),
    ('an archive that is not brought to the disk', 'store/archive_make.c', '\t\terr = sync_path(part, 0);', '\t\terr = 0 * sync_path(folder, O_DIRECTORY);',
     r'archive', ['--only', 'archiving']),
]


class Build:
    """The commands that made the workload, to make it again with one file replaced."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        told = subprocess.run(['ninja', '-C', self.build, '-t', 'commands', 'tests/crash/workload'], capture_output=True, text=True, check=True)
        self.commands = told.stdout.splitlines()
        self.link = next(c for c in self.commands if re.search(r' -o tests/crash/workload ', c))

    def mutated(self, folder, file, text, instead):
        words = shlex.split(next(c for c in self.commands if c.endswith(f'src/{file}')))
        whole = pathlib.Path(self.build, words[-1]).read_text(encoding='utf-8')
        if whole.count(text) != 1:
            raise LookupError(f'the text is there {whole.count(text)} times in src/{file}: the table needs a new one')
        source, target = f'{folder}/{pathlib.Path(file).name}', f'{folder}/mutated.o'
        pathlib.Path(source).write_text(whole.replace(text, instead), encoding='utf-8')
        words[-1] = source
        words[words.index('-o') + 1] = target
        words += ['-w', '-Wno-error']
        self.call(words)
        program = f'{folder}/workload'
        words = shlex.split(self.link)
        at = words.index('-o')
        words[at + 1] = program
        words.insert(at + 2, target)
        self.call(words)
        return program

    def call(self, words):
        done = subprocess.run(words, cwd=self.build, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f'{" ".join(words)}\n{done.stderr}')


def judge(build, row):
    name, file, text, instead, fault, args = row
    with tempfile.TemporaryDirectory(prefix='crash-mutation-') as folder:
        env, more = {**os.environ, 'TMPDIR': folder}, []
        try:
            if file:
                more = ['--workload', build.mutated(folder, file, text, instead)]
            else:
                env[text] = instead
        except (LookupError, RuntimeError) as error:
            return False, f'{name}: {error}'
        done = subprocess.run([sys.executable, str(HERE / 'crash.py'), '--build', build.build, '--seconds', str(SECONDS_MAX),
                               '--failures', '1', *args, *more], env=env, capture_output=True, text=True, check=False)
    if done.returncode != 1 or not re.search(fault, done.stdout):
        return False, f'{name}: not found in {SECONDS_MAX} s\n{done.stdout[-1500:]}{done.stderr[-500:]}'
    first = next(line.strip() for line in done.stdout.splitlines() if re.search(fault, line))
    return True, f'{name}: {first[:160]}'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', required=True)
    parser.add_argument('--only', default='')
    parser.add_argument('--list', action='store_true')
    options = parser.parse_args()
    rows = [m for m in MUTATIONS if options.only in m[0]]
    if options.list:
        print('\n'.join(m[0] for m in rows))
        return 0
    build, failed = Build(options.build), 0
    for row in rows:
        is_found, what = judge(build, row)
        failed += not is_found
        print('found ' if is_found else 'FAILED', what, flush=True)
    print(f'{len(rows) - failed} passed, {failed} failed')
    return 1 if failed or not rows else 0


if __name__ == '__main__':
    sys.exit(main())

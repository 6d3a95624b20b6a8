#!/usr/bin/env python3
"""Whether a data directory holds what was promised: every acknowledged event once and unchanged, in a sequence without
a gap; every acknowledged change of a row, and of the others all or nothing; tables that agree with the events.

Written from the documents (docs/events.md, docs/kpi.md, docs/internals/store.md), not from the server's code, with
nothing but Python's own library (and libsodium's cipher, unseal.py): it reads the files itself, folds the events itself, and shares no mistake.

usage: check.py DIRECTORY [--acks FILE]...      what workload.c wrote while it ran, oldest first
       check.py postgres://...  [--acks FILE]... the same through psql
Exit code 0: all is there. 1: what is not, a line each.
"""
import argparse
import errno
import itertools
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from spool import read_spool, leftovers  # noqa: E402
from unseal import Unsealer  # noqa: E402

STARTED, FLOW_CHOSE, ENDED, VOICEMAIL, REC_STARTED, REC_ENDED, REC_SEALED = 10, 13, 15, 16, 17, 18, 39
QUEUED, ANSWERED, ABANDONED, OVERFLOWED, SEG_ENDED, WRAP_ENDED, NOTE, CONFIG, MESSAGE, ERASED = 20, 24, 25, 26, 29, 31, 43, 3, 52, 54
# The compact keys of an event's data: docs/internals/store.md, "The log".
KEYS = {'t': 'tenant', 'i': 'interaction', 's': 'segment', 'q': 'queue', 'a': 'agent', 'r': 'ref', 'w': 'wait', 'g': 'ring',
        'k': 'talk', 'h': 'hold', 'c': 'acw', 'd': 'duration', 'v': 'number', 'y': 'reason', 'f': 'from', 'o': 'to', 'm': 'name',
        'x': 'text'}
TEXTS = ('reason', 'from', 'to', 'name', 'text', 'chosen', 'from_number', 'to_number', 'path', 'notes', 'recordings')  # what erasing takes
NOT_KNOWN = -errno.EINPROGRESS  # the answer when the disk did not let the store find out in time
RESOURCES = ('team', 'skill', 'disposition', 'customer', 'user')


def id_text(number):
    return ''.join('0123456789abcdefghjkmnpqrstvwxyz'[number >> 5 * i & 31] for i in range(12, -1, -1))


class Sqlite:
    """markaz.db as it lies there; nothing is written."""

    def __init__(self, directory):
        self.db = sqlite3.connect(f'file:{directory}/markaz.db?mode=ro', uri=True)
        self.db.row_factory = sqlite3.Row

    def rows(self, sql):
        return [dict(row) for row in self.db.execute(sql)]

    def close(self):
        self.db.close()

    def damage(self):
        found = [row[0] for row in self.db.execute('PRAGMA integrity_check')]
        return [] if found == ['ok'] else found

    def has(self, table):
        return bool(self.rows(f"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{table}'"))


class Postgres:
    def __init__(self, url):
        self.url = url

    def rows(self, sql):
        done = subprocess.run(['psql', '-X', '-q', '-t', '-A', '-v', 'ON_ERROR_STOP=1', self.url, '-c',
                               f"SELECT coalesce(json_agg(t), '[]') FROM ({sql}) AS t"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        rows = json.loads(done.stdout)
        for row in rows:
            for key, value in row.items():
                if isinstance(value, str) and value.startswith('\\x'):
                    row[key] = bytes.fromhex(value[2:])
        return rows

    def close(self):
        pass

    def damage(self):
        return []

    def has(self, table):
        return bool(self.rows(f"SELECT 1 AS x FROM pg_class WHERE relname = '{table}'"))


class Promises:
    """What workload.c wrote down, over all its runs."""

    def __init__(self, paths):
        self.wanted, self.seq_of, self.order = {}, {}, []
        self.durable, self.closed = 0, set()  # closed: runs that ended in order, and kept everything they took
        self.ops, self.ops_by_key, self.parts = [], {}, {}
        self.seen_open = []
        self.sure = {}  # at -> seq that was promised
        self.seen, self.contacts, self.messages = {}, {}, {}  # what a reader of the log was given; what came through the API
        self.is_house = False  # a real centre: there are rows and events beside ours, whose names begin with crash-
        for path in paths:
            self.read(path)

    def read(self, path):
        told, last_seq, run = {}, 0, None
        lines = pathlib.Path(path).read_text(encoding='utf-8', errors='surrogateescape').split('\n')
        for text in lines[:-1]:
            line = json.loads(text)
            what = line['w']
            if what == 'want':
                e = line['e']
                self.wanted[e['at']] = e
                self.order.append(e['at'])
            elif what == 'seq':
                told[line['at']] = last_seq = line['seq']
            elif what == 'durable':
                self.durable = max(self.durable, line['seq'])
                self.keep(told, line['seq'])
            elif what in ('row', 'token', 'fact', 'erase'):
                line['after_op'] = len(self.ops)
                line['done'] = None
                self.ops.append(line)
                self.ops_by_key[line['k']] = line
            elif what == 'done':
                if line['result'] == NOT_KNOWN:  # nothing was promised, as when no answer came
                    self.ops_by_key[line['k']]['is_unknown'] = True
                else:
                    self.ops_by_key[line['k']]['done'] = line
            elif what == 'part':
                run = line['round']
                self.parts.setdefault(run, []).append(last_seq)
            elif what == 'house':
                self.is_house = True
            elif what == 'seen':
                self.seen[line['seq']] = line
            elif what == 'message':
                self.messages[line['text']] = self.messages.get(line['text'], False) or line['is_done']
            elif what == 'contact':
                self.contacts[line['from']] = self.contacts.get(line['from'], False) or line['is_done']
            elif what == 'opened':
                self.seq_of.update(told)
                told, last_seq, run = {}, 0, None  # a new run: numbers that were given and not kept are given again
                self.seen_open.append(line)
            elif what == 'closed':
                if line.get('is_whole'):
                    self.keep(told, 1 << 62)
                    self.closed |= {run} - {None}
        self.seq_of.update(told)

    def keep(self, told, up_to):
        for at, seq in told.items():
            if seq <= up_to:
                self.sure[at] = seq
        self.seq_of.update(told)
        for at in [at for at, seq in told.items() if seq <= up_to]:
            del told[at]


class Checker:
    def __init__(self, source, promises, secret, where):
        self.db, self.p, self.secret, self.where, self.faults = source, promises, secret, where, []

    def fault(self, text):
        if len(self.faults) < 40:
            self.faults.append(text)

    def equal(self, what, got, want):
        if got != want:
            self.fault(f'{what}: {got!r}, wanted {want!r}')

    # --- events
    def unsealed(self, row, data):
        """The data with what was sealed in its place again."""
        person, sealed = data.pop('p', 0), data.pop('z', None)
        if person and self.salts.get(person, '') is None:
            self.gone.add(row['interaction'])
        elif sealed is not None:
            try:
                data.update(self.unsealer.open(sealed, person, row['seq'], row['interaction'] or 0, row['type']))
            except ValueError as error:
                self.fault(f'event {row["seq"]}: its sealed texts do not open: {error}')
        return data

    def archived(self):
        """What lies in archives, the oldest first: files the table `archive` names."""
        rows = []
        for a in self.db.rows('SELECT * FROM archive ORDER BY first_seq') if self.db.has('archive') else []:
            try:
                db = sqlite3.connect(f'file:{self.where}/archives/{a["name"]}?mode=ro', uri=True)
                db.row_factory = sqlite3.Row
                mine = [dict(r) for r in db.execute('SELECT seq, at_ms, type, interaction, data FROM event ORDER BY seq')]
                db.close()
            except sqlite3.Error as error:
                self.fault(f'the archive {a["name"]} cannot be read: {error}')
                continue
            self.equal(f'the archive {a["name"]}: first, last, count', (mine[0]['seq'], mine[-1]['seq'], len(mine)),
                       (a['first_seq'], a['last_seq'], a['events']))
            rows += mine
        return rows

    def log_rows(self):
        """Archives, then the table. What is in an archive already leaves the table little by little, and must be the same there."""
        rows = self.archived()
        put_away = {r['seq']: r for r in rows}
        for r in self.db.rows('SELECT seq, at_ms, type, interaction, data FROM event ORDER BY seq'):
            if r['seq'] not in put_away:
                rows.append(r)
            elif r != put_away[r['seq']]:
                self.fault(f'event {r["seq"]} in an archive differs from the one in the table')
        return rows

    def read_events(self):
        self.events = []
        salts = {r['id']: r['salt'] for r in self.db.rows('SELECT id, salt FROM person')} if self.db.has('person') else {}
        self.salts, self.gone = salts, set()  # gone: contacts of people who were erased
        self.unsealer = Unsealer(self.secret, salts)
        for row in self.log_rows():
            try:
                data = json.loads(row['data'])
            except ValueError:
                self.fault(f'event {row["seq"]}: its data are no JSON')
                continue
            e = {KEYS.get(k, k): v for k, v in self.unsealed(row, data).items()}
            e.update(seq=row['seq'], at=row['at_ms'], type=row['type'])
            if (row['interaction'] or 0) != e.get('interaction', 0):
                self.fault(f'event {row["seq"]}: the column says interaction {row["interaction"]}, the data {e.get("interaction")}')
            self.events.append(e)

    def check_sequence(self):
        for i, e in enumerate(self.events):
            if e['seq'] != i + 1:
                self.fault(f'the sequence has a gap or a double at {i + 1}: {e["seq"]}')
                break
        last = self.events[-1]['seq'] if self.events else 0
        if last < self.p.durable:
            self.fault(f'event {self.p.durable} was acknowledged, the log ends at {last}')

    def check_events(self):
        there, last_at = {}, 0
        for e in self.events:
            if e['type'] in (CONFIG, ERASED):
                continue
            wanted = self.p.wanted.get(e['at'])
            if wanted is None:
                if self.p.order:
                    self.fault(f'event {e["seq"]} (type {e["type"]}) was never appended')
                continue
            if e['at'] in there:
                self.fault(f'event {e["seq"]} is event {there[e["at"]]} once more')
            there[e['at']] = e['seq']
            if e['at'] < last_at:
                self.fault(f'event {e["seq"]} stands behind one appended later')
            last_at = e['at']
            said = {k: v for k, v in e.items() if k != 'seq'}
            if e.get('interaction') in self.gone:
                said, wanted = self.figures(said), self.figures(wanted)
            if said != wanted:
                self.fault(f'event {e["seq"]} says {said}, appended was {wanted}')
        for at, seq in self.p.sure.items():
            if there.get(at) != seq:
                self.fault(f'event {seq} was acknowledged; what was appended as it is at {there.get(at, "no place")}')
        for at, seq in self.p.seq_of.items():
            if at in there and there[at] != seq:
                self.fault(f'an event was given the number {seq} and lies at {there[at]}')

    @staticmethod
    def figures(fields):
        return {k: v for k, v in fields.items() if k not in TEXTS}

    def check_erased(self):
        """Who was erased is in no event and no table; who was not is whole. One under way: all or nothing."""
        contact_of = {e['from']: e['interaction'] for e in self.p.wanted.values() if e['type'] == STARTED}
        sure = {op['number'] for op in self.p.ops if op['w'] == 'erase' and op['done'] and op['done']['result'] == 0}
        asked = {op['number'] for op in self.p.ops if op['w'] == 'erase' and not (op['done'] and op['done']['result'])}
        rows = {r['id']: r for r in self.db.rows('SELECT * FROM interaction')}
        told = sum(e['type'] == ERASED for e in self.events)
        erased = {number for number in asked if contact_of[number] in self.gone}
        if told != len(erased):
            self.fault(f'{len(erased)} people were erased, {told} events say so')
        for number in sure - erased:
            self.fault(f'{number} was erased, acknowledged, and is there')
        for number in erased:
            row = rows[contact_of[number]]
            if not row['is_erased'] or number in str(row) or number[-9:][::-1] in str(row):
                self.fault(f'{number} was erased and its row is not: {row}')
        if sure and isinstance(self.db, Sqlite):
            for path in (p for p in pathlib.Path(self.where).rglob('*') if p.is_file() and not p.name.endswith('-shm')):
                data = path.read_bytes()
                for number in sure:
                    if number[-9:].encode() in data or number[-9:][::-1].encode() in data:
                        self.fault(f'{number} was erased, and its bytes are still in {path.name}')
        for interaction in self.gone - {contact_of[number] for number in asked}:
            self.fault(f'contact {interaction} lost its texts and nobody asked for it')

    def check_seen(self):
        """What a reader was given stays so."""
        for seq, seen in self.p.seen.items():
            e = self.events[seq - 1] if seq <= len(self.events) else {}
            if (e.get('at'), e.get('interaction', 0)) != (seen['at'], seen['interaction']):
                self.fault(f'event {seq} was given to a reader as {seen}, now it is {e}')

    def check_contacts(self):
        """Of contacts opened through the API and their messages: once each, and nobody who waits was forgotten. An opening that was
        cut off before its segment was queued was never acknowledged and counts for nothing."""
        queued = {e['interaction'] for e in self.events if e['type'] == QUEUED}
        ended = {e['interaction']: e for e in self.events if e['type'] == ENDED}
        count, texts = {}, {}
        for e in self.events:
            if e['type'] == STARTED and e['interaction'] in queued:
                count[e.get('from')] = count.get(e.get('from'), 0) + 1
                if e.get('from') in self.p.contacts and e['interaction'] in ended:
                    self.fault(f'the contact from {e["from"]} waited, and was ended: {ended[e["interaction"]]}')
            elif e['type'] == MESSAGE:
                texts[e.get('text')] = texts.get(e.get('text'), 0) + 1
        for text, is_done in self.p.messages.items():
            if texts.get(text, 0) > 1 or (is_done and not texts.get(text)):
                self.fault(f'the message {text} was {"acknowledged" if is_done else "sent"} and is there {texts.get(text, 0)} times')
        for who, is_done in self.p.contacts.items():
            if count.get(who, 0) > 1 or (is_done and not count.get(who)):
                self.fault(f'the contact from {who} was {"acknowledged" if is_done else "asked for"} and is there {count.get(who, 0)} times')

    # --- rows
    def read_rows(self):
        self.audit, self.changed = {}, {}
        for a in self.db.rows('SELECT id, resource, row, action, before, after, user AS who FROM audit ORDER BY id'
                              if isinstance(self.db, Sqlite) else
                              'SELECT id, resource, row, action, before, after, "user" AS who FROM audit ORDER BY id'):
            if a['resource'] in RESOURCES and a['action'] in ('created', 'updated', 'deleted'):
                self.audit.setdefault((a['resource'], a['row']), []).append(a)
        for e in self.events:
            if e['type'] == CONFIG and e.get('reason') != 'not_saved' and e.get('name') in RESOURCES:
                self.changed.setdefault((e['name'], e['ref']), []).append(e)

    def check_rows(self):
        for key in set(self.audit) | set(self.changed):
            audited = [a['action'] for a in self.audit.get(key, [])]
            told = [e.get('reason') for e in self.changed.get(key, [])]
            if audited != told:
                self.fault(f'{key}: the audit log says {audited}, the events say {told}')
        by_row, open_creates = {}, []
        for op in self.p.ops:
            if op['w'] != 'row':
                continue
            done = op['done']
            if op['op'] == 'create' and done is None:
                open_creates.append(op)
            elif done is None or done['result'] == 0:
                by_row.setdefault((op['resource'], done['id'] if done else op['id']), []).append(op)
        for key, entries in self.audit.items():
            if key not in by_row:
                self.adopt(key, entries, open_creates)
        for key, ops in by_row.items():
            self.check_history(key, ops, self.audit.get(key, []))
        self.check_tables(by_row)

    def adopt(self, key, entries, open_creates):
        """A row nobody was told of: only one that was being made when the process ended."""
        for op in open_creates:
            if op['resource'] == key[0] and len(entries) == 1 and self.says(entries[0], op['value']):
                open_creates.remove(op)
                return
        names = [json.loads(e['after'] or '{}').get('name', '') for e in entries]
        if self.p.ops and (not self.p.is_house or any(name.startswith('crash-') for name in names)):
            self.fault(f'{key}: nobody made it, or somebody made it twice')

    @staticmethod
    def says(entry, value):
        after = json.loads(entry['after']) if entry['after'] else {}
        return all(after.get(k) == v for k, v in value.items())

    def check_history(self, key, ops, entries):
        words = {'create': 'created', 'update': 'updated', 'delete': 'deleted'}
        sure = [op for op in ops if op['done']]
        unknown = [op for op in ops if op.get('is_unknown')]
        left = len(entries) - len(sure)
        if not 0 <= left <= len(ops) - len(sure) or len(ops) - len(sure) - len(unknown) > 1:
            self.fault(f'{key}: {len(sure)} changes were acknowledged, {len(ops) - len(sure)} asked for, {len(entries)} are in the audit log')
            return
        doubtful = [i for i, op in enumerate(ops) if not op['done']]
        for happened in itertools.combinations(doubtful, left):
            mine = [op for i, op in enumerate(ops) if op['done'] or i in happened]
            wrong = [(op, entry) for op, entry in zip(mine, entries)
                     if entry['action'] != words[op['op']] or (op.get('value') and not self.says(entry, op['value']))]
            if not wrong:
                return
        for op, entry in wrong:
            self.fault(f'{key}: asked for {op["op"]} {op.get("value")}, carried out {entry["action"]} {entry["after"]}')

    def check_tables(self, by_row):
        for resource in RESOURCES:
            rows = {r['id']: r for r in self.db.rows(f'SELECT * FROM "{resource}"')}
            alive = {k[1]: entries[-1] for k, entries in self.audit.items() if k[0] == resource and entries[-1]['action'] != 'deleted'}
            if set(rows) != set(alive) and (by_row or rows):
                self.fault(f'{resource}: there are {sorted(set(rows) - set(alive))} too many, {sorted(set(alive) - set(rows))} too few')
            for row_id, entry in alive.items():
                if row_id in rows:
                    self.check_row(resource, rows[row_id], json.loads(entry['after']))
        self.check_numbers()

    def check_row(self, resource, row, after):
        for key, value in after.items():
            if key in ('id', 'created_at', 'updated_at') or key.startswith('has_') or key not in row:
                continue
            there = row[key]
            if isinstance(value, (list, dict)):
                there = json.loads(there) if there else type(value)()
            elif isinstance(value, bool):
                there = bool(there)
            elif isinstance(value, str) and isinstance(there, int):
                there = id_text(there)
            if there != value:
                self.fault(f'{resource} {row["id"]}: {key} is {there!r}, the audit log says {value!r}')

    def check_numbers(self):
        """Who calls: the last nine digits of each number, backwards."""
        wanted = set()
        for c in self.db.rows('SELECT id, numbers FROM customer'):
            for number in json.loads(c['numbers'] or '[]'):
                digits = re.sub(r'\D', '', number)
                wanted.add((digits[-9:][::-1], c['id']))
        there = {(r['key'], r['customer']) for r in self.db.rows('SELECT key, customer FROM customer_number')}
        if wanted != there:
            self.fault(f'customer_number: {sorted(there - wanted)} too many, {sorted(wanted - there)} too few')

    def check_tokens(self):
        names = {r['id']: r['name'] for r in self.db.rows("SELECT id, name FROM token WHERE kind = 'token'")}
        sure, doubtful, gone = {}, set(), set()
        for op in [op for op in self.p.ops if op['w'] == 'token']:
            done = op['done']
            if op['op'] == 'create' and done and done['result'] == 0:
                sure[done['id']] = op['k']
            elif op['op'] == 'create' and done is None:
                doubtful.add(op['k'])
            elif op['op'] == 'delete' and (done is None or done['result'] == 0):
                (gone if done else doubtful).add(op['id'])
        for token, name in sure.items():
            if token in gone and token in names:
                self.fault(f'token {name} was deleted and is there')
            elif token not in gone and token not in doubtful and names.get(token) != name:
                self.fault(f'token {name} was made and is not there')
        for token, name in names.items():
            if token not in sure and name not in doubtful:
                self.fault(f'token {name} is there and nobody made it')

    def check_fact(self):
        facts = [op for op in self.p.ops if op['w'] == 'fact']
        sure = [op for op in facts if op['done'] and op['done']['result'] == 0]
        allowed = {sure[-1]['k']} if sure else {None}
        after = sure[-1]['after_op'] if sure else -1
        allowed |= {op['k'] for op in facts if op['done'] is None and op['after_op'] > after}
        there = self.db.rows("SELECT value FROM fact WHERE key = 'crash test'")
        value = there[0]['value'] if there else None
        if facts and value not in allowed:
            self.fault(f'the fact is {value}, wanted one of {sorted(map(str, allowed))}')

    # --- the routing log
    def check_routing_log(self):
        last = self.events[-1]['seq'] if self.events else 0
        count = {}
        for row in self.db.rows('SELECT id, run, is_start, records, data FROM route_log ORDER BY id'):
            parts = re.findall(r'<(\d+) (\d+)>', bytes(row['data']).decode('latin-1'))
            self.equal(f'routing log row {row["id"]}: records', row['records'], len(parts))
            for round_, k in ((int(a), int(b)) for a, b in parts):
                self.equal(f'routing log of run {round_}: part', k, count.get(round_, 0) + 1)
                count[round_] = k
                told = self.p.parts.get(round_, [])
                if k > len(told):
                    self.fault(f'routing log of run {round_}: part {k} was never handed on')
                elif told[k - 1] > last:
                    self.fault(f'routing log of run {round_}: part {k} is there, event {told[k - 1]} before it is not')
        for run in self.p.closed:
            self.equal(f'routing log of run {run}: parts', count.get(run, 0), len(self.p.parts[run]))

    # --- the folded tables
    def fold(self):
        self.interactions, self.segments, self.recordings, self.notes, self.messages = {}, {}, {}, {}, {}
        for e in self.events:
            self.fold_one(e, self.interactions.get(e.get('interaction')), self.segments.get(e.get('segment')))

    def fold_one(self, e, i, s):
        kind, at, ref = e['type'], e['at'], e.get('ref')
        if kind == STARTED and i is None:
            self.interactions[e['interaction']] = {
                'channel': e.get('text'), 'direction': e.get('reason'), 'from_number': e.get('from'), 'to_number': e.get('to'),
                'name': e.get('name'), 'started_ms': at, 'ended_ms': None, 'reason': None, 'duration_ms': None, 'result': None,
                'queue': None, 'agent': None, 'wait_ms': 0, 'talk_ms': 0, 'hold_ms': 0, 'acw_ms': 0, 'disposition': None,
                'recordings': 0, 'chosen': []}
        elif i is None:
            return  # of no contact
        elif kind == REC_STARTED:
            self.recordings.setdefault(ref, {'interaction': e['interaction'], 'path': e.get('text'), 'kind': 'call',
                                             'duration_ms': None, 'bytes': None, 'reason': None})
            i['recordings'] += 1
        elif kind == REC_ENDED:
            self.recordings[ref].update(duration_ms=e.get('duration', 0), bytes=e.get('number', 0), reason=e.get('reason'))
        elif kind == REC_SEALED:
            self.fold_sealed(e, self.recordings[ref])
        elif kind == VOICEMAIL:
            self.recordings[ref].update(kind='voicemail', duration_ms=e.get('duration', 0))
            i['recordings'] = max(1, i['recordings'])
            i['result'] = i['result'] if i['result'] == 'answered' else 'voicemail'
        elif kind == MESSAGE:
            self.messages[e['seq']] = {'interaction': e['interaction'], 'text': e.get('text'), 'number': e.get('number')}
        elif kind == NOTE:
            self.notes[e['seq']] = {'interaction': e['interaction'], 'text': e.get('text'), 'agent': e.get('agent')}
            i['disposition'] = ref or i['disposition']
        elif kind == FLOW_CHOSE and len(i['chosen']) < 32:
            i['chosen'].append(e.get('text') or e.get('reason'))
        elif kind == ENDED and i['ended_ms'] is None:
            self.fold_end(e, i)
        else:
            self.fold_segment(e, i, s)

    def fold_sealed(self, e, recording):
        """The file is whole; again, under another name, when it was compressed."""
        if e.get('reason') == 'not_saved':
            return
        recording.update(bytes=e.get('number', 0), hash=e.get('text'), format=e.get('name'))
        if e.get('name') == 'opus':
            recording.update(path=(recording['path'] or '').replace('.wav', '.opus') or None)

    def fold_end(self, e, i):
        mine = [s for s in self.segments.values() if s['interaction'] == e['interaction'] and s['ended_ms'] is None]
        i.update(ended_ms=e['at'], reason=e.get('reason'), duration_ms=e.get('duration') or max(0, e['at'] - i['started_ms']),
                 result=i['result'] or ('abandoned' if any(s['result'] == 'waiting' for s in mine) else 'ended_in_flow'))
        for s in mine:
            if s['result'] == 'waiting':
                s.update(result='abandoned', wait_ms=max(0, e['at'] - s['queued_ms']))
            s.update(ended_ms=e['at'], reason=s['reason'] or e.get('reason'))

    def fold_segment(self, e, i, s):
        kind, at = e['type'], e['at']
        if kind == QUEUED:
            self.segments.setdefault(e['segment'], {
                'interaction': e['interaction'], 'queue': e.get('queue'), 'agent': None, 'result': 'waiting', 'queued_ms': at,
                'answered_ms': None, 'ended_ms': None, 'reason': None, 'wait_ms': 0, 'ring_ms': 0, 'talk_ms': 0, 'hold_ms': 0,
                'acw_ms': 0, 'holds': 0, 'disposition': None, 'notes': None})
            i.update(queue=e.get('queue'), name=e.get('name') or i['name'])
        elif s is None:
            return
        elif kind == ANSWERED:
            s.update(result='answered', agent=e.get('agent'), answered_ms=at, wait_ms=e.get('wait', 0), ring_ms=e.get('ring', 0))
            i.update(result='answered', agent=e.get('agent'), wait_ms=i['wait_ms'] + e.get('wait', 0))
        elif kind in (ABANDONED, OVERFLOWED):
            word = 'abandoned' if kind == ABANDONED else 'overflowed'
            s.update(result=word, ended_ms=at, wait_ms=e.get('wait', 0), reason=e.get('reason'))
            i['wait_ms'] += e.get('wait', 0)
            if i['result'] is None or (kind == ABANDONED and i['result'] == 'overflowed'):
                i['result'] = word
        elif kind == SEG_ENDED:
            s.update(ended_ms=at, talk_ms=e.get('talk', 0), hold_ms=e.get('hold', 0), holds=e.get('number', 0), reason=e.get('reason'))
            i.update(talk_ms=i['talk_ms'] + e.get('talk', 0), hold_ms=i['hold_ms'] + e.get('hold', 0))
        elif kind == WRAP_ENDED:
            s.update(acw_ms=s['acw_ms'] + e.get('acw', 0), disposition=e.get('ref') or s['disposition'],
                     notes=s['notes'] if e.get('text') is None else e.get('text'))
            i.update(acw_ms=i['acw_ms'] + e.get('acw', 0), disposition=e.get('ref') or i['disposition'])

    def check_folds(self):
        self.fold()
        for table, key, mine in (('interaction', 'id', self.interactions), ('segment', 'id', self.segments),
                                 ('recording', 'id', self.recordings), ('note', 'seq', self.notes), ('message', 'seq', self.messages)):
            there = {r[key]: r for r in self.db.rows(f'SELECT * FROM {table}')}
            if set(there) != set(mine):
                self.fault(f'{table}: {sorted(set(there) - set(mine))[:5]} too many, {sorted(set(mine) - set(there))[:5]} too few')
            for row_id, wanted in mine.items():
                row = there.get(row_id)
                if row is None:
                    continue
                if 'chosen' in row:
                    row['chosen'] = json.loads(row['chosen'])
                got = {k: row[k] for k in wanted}
                if row.get('interaction', row_id) in self.gone:
                    got, wanted = self.figures(got), self.figures(wanted)
                if got != wanted:
                    differ = {k: (got[k], wanted[k]) for k in wanted if got[k] != wanted[k]}
                    self.fault(f'{table} {row_id}: (is, by the events) {differ}')

    def run(self):
        damage = self.db.damage()
        if damage:
            self.fault(f'integrity_check: {damage[:3]}')
        if not self.db.has('event'):
            if self.p.durable or any(op['done'] and op['done']['result'] == 0 for op in self.p.ops):
                self.fault('there is no table event')
            return self.faults
        self.read_events()
        self.check_sequence()
        self.check_events()
        self.check_seen()
        self.check_contacts()
        self.read_rows()
        self.check_rows()
        if not self.p.is_house:
            self.check_erased()
            self.check_tokens()
            self.check_fact()
            self.check_routing_log()
        self.check_folds()
        return self.faults


def check(where, acks, secret_file=None):
    """The faults found in a data directory (or at a server, with the secret.key beside it), a line each."""
    secret_file = secret_file or f'{where}/secret.key'
    secret = pathlib.Path(secret_file).read_bytes() if os.path.exists(secret_file) else b''
    if where.startswith(('postgres://', 'postgresql://')):
        source = Postgres(where)
    elif os.path.exists(f'{where}/database'):
        source = Postgres(pathlib.Path(f'{where}/database').read_text(encoding='utf-8').strip())
    elif not os.path.exists(f'{where}/markaz.db'):
        return [f'{where}/markaz.db is not there']
    else:
        source = Sqlite(where)
    promises = Promises(acks)
    faults = Checker(source, promises, secret, where).run()
    source.close()
    return faults


def check_durable(where, acks):
    """Right after a crash, before anybody opened the store (on a copy: reading recovers the database's own log): every
    number that was acknowledged lies in the database or in the spool."""
    promises, there = Promises(acks), {}
    if os.path.exists(f'{where}/markaz.db'):
        try:
            db = sqlite3.connect(f'{where}/markaz.db')
            there = {seq: at for seq, at in db.execute('SELECT seq, at_ms FROM event')}
            db.close()
        except sqlite3.Error as error:
            if promises.durable:
                return [f'the database cannot be read after the crash: {error}']
    for record in read_spool(f'{where}/spool'):
        there.setdefault(record['seq'], record['at'])
    missing = [seq for seq in range(1, promises.durable + 1) if seq not in there]
    faults = [f'event {missing[0]} and {len(missing) - 1} others were acknowledged and lie neither in the database nor in the spool'] if missing else []
    return faults + [f'event {seq} was acknowledged and is another one' for at, seq in promises.sure.items() if there.get(seq, at) != at][:5]


def check_spool_is_clean(where):
    """Once the database has everything and there was a moment of rest: personal data do not linger."""
    left = leftovers(f'{where}/spool')
    return [f'the spool still holds {left} bytes of what was emptied'] if left else []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('where')
    parser.add_argument('--acks', action='append', default=[])
    parser.add_argument('--secret', help='secret.key, when it is not in the directory')
    options = parser.parse_args()
    faults = check(options.where, options.acks, options.secret)
    print('\n'.join(faults) if faults else 'all is there')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())

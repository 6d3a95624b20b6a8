// A PostgreSQL server of our own: in a temporary folder, as an unprivileged user, on a Unix socket only.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Process } from './process.mjs';
import { temporaryFolder, until } from './util.mjs';

function programs() {
  const base = '/usr/lib/postgresql';
  const found = fs.existsSync(base) ? fs.readdirSync(base).map((v) => path.join(base, v, 'bin')).filter((p) => fs.existsSync(path.join(p, 'postgres'))) : [];
  if (found.length === 0) throw new Error('no PostgreSQL here: install the package postgresql (apt-get install postgresql)');
  return found.at(-1);
}

export class Postgres {
  static async start(settings = {}) {
    const pg = new Postgres();
    pg.bin = programs();
    pg.folder = temporaryFolder('pg');
    pg.data = path.join(pg.folder, 'data');
    pg.port = 5432; // of the socket's name only: it listens nowhere else
    pg.settings = settings;
    if (process.getuid() === 0) {
      execFileSync('chown', ['postgres', pg.folder]);
      fs.chmodSync(pg.folder, 0o755);
      pg.as = ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups']];
    }
    pg.run('initdb', ['-D', pg.data, '-U', 'markaz', '--auth=trust', '--encoding=UTF8', '--locale=C']);
    await pg.begin();
    return pg;
  }

  command(name, args) {
    const program = path.join(this.bin, name);
    return this.as ? [this.as[0], [...this.as[1], program, ...args]] : [program, args];
  }

  run(name, args) {
    const [program, list] = this.command(name, args);
    return execFileSync(program, list, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  }

  async begin() {
    const extra = Object.entries(this.settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    const [program, args] = this.command('postgres', ['-D', this.data, '-k', this.folder, '-c', 'listen_addresses=', ...extra]);
    this.process = new Process(program, args, { cwd: '/' });
    await until('PostgreSQL to answer', () => this.sql('SELECT 1', 'postgres'), 20000, 100);
  }

  /** Rows as text, columns separated by '|'. */
  sql(text, database = 'postgres') {
    return this.run('psql', ['-X', '-A', '-t', '-q', '-h', this.folder, '-U', 'markaz', '-d', database, '-c', text]).trim();
  }

  /** A new, empty database; its address. */
  database(name) {
    this.sql(`CREATE DATABASE ${name}`);
    return this.url(name);
  }

  url(name) {
    return `postgres://markaz@/${name}?host=${this.folder}`;
  }

  async stop(signal = 'SIGINT') {
    await this.process.stop(signal, 20000);
  }
}

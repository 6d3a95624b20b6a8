// A program we started: its output by lines, its end, and the promise that it is gone when the test is.
import { spawn } from 'node:child_process';
import { Hopeless, until } from './util.mjs';

const CLOSE_MS = 3000;
const running = new Set();
process.on('exit', () => running.forEach((p) => p.child.kill('SIGKILL')));

export class Process {
  constructor(command, args, options = {}) {
    this.name = `${command.split('/').pop()} ${args.slice(0, 2).join(' ')}`;
    this.stdout = '';
    this.stderr = '';
    this.code = undefined;
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    this.pid = this.child.pid;
    running.add(this);
    // A test that failed leaves its programs behind: they must not keep this process, which ends them when it ends.
    this.child.unref();
    for (const pipe of [this.child.stdin, this.child.stdout, this.child.stderr]) pipe?.unref?.();
    this.child.stdout?.setEncoding('utf8').on('data', (text) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text) => (this.stderr = (this.stderr + text).slice(-2_000_000)));
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(this.#end(error.message)));
      // 'close': all it said has been read. What it started may keep its pipes open, and is not waited for.
      this.child.once('exit', (code, signal) => {
        const end = () => resolve(this.#end(code ?? signal));
        this.child.once('close', end);
        setTimeout(end, CLOSE_MS).unref();
      });
    });
  }

  /** Ends every program still running but these and those that belong to them. */
  static async endAllBut(...kept) {
    const all = kept.flatMap((p) => [p, p?.companion]);
    await Promise.all([...running].filter((p) => !all.includes(p)).map((p) => p.stop('SIGTERM', 5000).catch(() => null)));
  }

  #end(code) {
    running.delete(this);
    this.code = code;
    return code;
  }

  get isRunning() {
    return this.code === undefined;
  }

  #told(wanted) {
    return `${this.name}: ${wanted}\n--- stdout\n${this.stdout.slice(-1500)}\n--- stderr\n${this.stderr.slice(-1500)}`;
  }

  /** The first line of output that matches, waited for. */
  async line(pattern, ms = 10000) {
    return until(() => this.#told(pattern), () => {
      const found = (this.stdout + '\n' + this.stderr).match(pattern);
      if (!found && !this.isRunning) throw new Hopeless(`it ended with ${this.code}`);
      return found;
    }, ms);
  }

  /** JSON lines of standard output, those that match the wanted fields. */
  events(wanted = {}) {
    return this.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .flatMap((line) => {
        try {
          return [JSON.parse(line)];
        } catch {
          return [];
        }
      })
      .filter((event) => Object.entries(wanted).every(([key, value]) => event[key] === value));
  }

  event(wanted, ms = 15000) {
    return until(() => this.#told(JSON.stringify(wanted)), () => {
      const [found] = this.events(wanted);
      if (!found && !this.isRunning) throw new Hopeless(`it ended with ${this.code}`);
      return found;
    }, ms);
  }

  async finish(ms = 30000) {
    await until(`${this.name} to end`, () => !this.isRunning, ms);
    return this.code;
  }

  async stop(signal = 'SIGTERM', ms = 15000) {
    if (!this.isRunning) return this.code;
    this.child.kill(signal);
    try {
      await until(`${this.name} to end after ${signal}`, () => !this.isRunning, ms);
    } catch (error) {
      this.child.kill('SIGKILL');
      await this.ended;
      throw error;
    }
    return this.code;
  }
}

/** Runs to the end; throws unless it ended well. */
export async function run(command, args, options = {}) {
  const p = new Process(command, args, options);
  p.child.stdin.end();
  const code = await p.finish(options.ms ?? 60000);
  if (code !== 0) throw new Error(`${p.name} ended with ${code}\n${p.stdout.slice(-1500)}\n${p.stderr.slice(-1500)}`);
  return p;
}

// Small things every scenario needs: free ports, temporary folders, waiting for facts instead of for time.
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const MARKAZ = process.env.MARKAZ_BINARY ?? path.join(ROOT, 'build/src/app/markaz');
export const SIPP_SCENARIOS = path.join(ROOT, 'tests/e2e/sipp');

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * How many times longer than usual a thing is waited for. Limits of waiting only end what hangs; they judge nothing, and a busy
 * machine needs more. What must be quick is measured by the test itself, with within() or a clock.
 */
export const PATIENCE = Number(process.env.MARKAZ_E2E_PATIENCE ?? 4);

/** What check() throws when waiting longer is of no use: a program that has ended. */
export class Hopeless extends Error {}

/** Asks check() until it gives something truthy; fails with what was waited for. Errors count as "not yet", but for Hopeless. */
export function until(what, check, ms = 10000, every = 50) {
  return within(what, check, ms * PATIENCE, every);
}

/** What is waited for may be a function, asked when it did not come: then it tells how things stand. */
const text = (what) => (typeof what === 'function' ? what() : what);

/** As until(), where the time is part of what is claimed. */
export async function within(what, check, ms, every = 50) {
  const deadline = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      last = undefined;
    } catch (error) {
      if (error instanceof Hopeless) throw new Error(`waited for: ${text(what)} (${error.message})`);
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms for: ${text(what)}${last ? ` (${last.message})` : ''}`);
    await sleep(every);
  }
}

function bindUdp(port) {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4');
    socket.once('error', () => resolve(null));
    socket.bind(port, '127.0.0.1', () => resolve(socket));
  });
}

function bindTcp(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

// Below the kernel's ephemeral range, so that no outgoing socket takes a port between our look and its use. Test files run one
// at a time, so a counter that starts somewhere else in every process is enough.
let next = 10000 + (process.pid % 80) * 100;

/** Why tests over IPv6 cannot run on this machine; false: they can. */
export const noIPv6 = await new Promise((resolve) => {
  const socket = dgram.createSocket('udp6');
  socket.once('error', () => resolve('this machine has no IPv6: ::1 cannot be bound'));
  socket.bind(0, '::1', () => socket.close(() => resolve(false)));
});

/** Why a browser cannot speak IPv6 alone here: it looks for addresses of its own only where a default route leads somewhere. */
export const noIPv6Browser = noIPv6 || (fs.readFileSync('/proc/net/ipv6_route', 'utf8').split('\n').some((line) => /^0{32} 00 .* (?!lo$)\S+$/.test(line))
  ? false
  : 'this machine has no IPv6 beyond ::1');

/** A port free for UDP and TCP on loopback. */
export async function freePort() {
  for (let tries = 0; tries < 500; tries++) {
    next = next >= 18990 ? 10000 : next + 1;
    const tcp = await bindTcp(next);
    const udp = tcp && (await bindUdp(next));
    if (udp) await new Promise((resolve) => udp.close(resolve));
    if (tcp) await new Promise((resolve) => tcp.close(resolve));
    if (udp) return next;
  }
  throw new Error('no free port between 10000 and 19000');
}

export function temporaryFolder(name) {
  return fs.mkdtempSync(path.join(os.tmpdir(), `markaz-e2e-${name}-`));
}

/** CPU seconds a process has used so far. */
export function cpuSeconds(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export const isRoot = process.getuid() === 0;

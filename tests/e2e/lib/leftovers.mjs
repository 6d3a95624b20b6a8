// What calls leave behind, to be compared before and after: open media legs, UDP sockets of the server, calls in its view.
import fs from 'node:fs';

/** The kernel's own list: which of the UDP sockets of this machine are the server's. */
function udpSockets(pid) {
  const inodes = new Set(['udp', 'udp6'].flatMap((name) => fs.readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1)
    .map((line) => line.trim().split(/\s+/)[9])));
  const mine = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/fd/${fd}`).match(/^socket:\[(\d+)\]$/)?.[1];
    } catch {
      return undefined; // closed meanwhile
    }
  });
  return mine.filter((inode) => inodes.has(inode)).length;
}

export async function leftovers(server) {
  const text = await (await fetch(`${server.base}/metrics`)).text();
  const gauge = (name) => Number(text.match(new RegExp(`^markaz_${name} (\\d+)`, 'm'))?.[1]);
  return { mediaLegs: gauge('media_legs'), calls: gauge('calls_active'), udpSockets: udpSockets(server.process.pid) };
}

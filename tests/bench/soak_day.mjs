// What happens in the compressed day: agents at the telephone with a page open, a supervisor, callers on the telephone and on a page,
// those who leave a message, faxes in both directions. All chance comes from a seed.
import { Browser } from '../e2e/lib/browser.mjs';
import { agents, callers } from '../e2e/lib/phones.mjs';
import { PASSWORD, centre } from '../e2e/lib/centre.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { sleep, until } from '../e2e/lib/util.mjs';

const say = (text) => [{ text: { en: text, fa: text, ar: text, zh: text } }];

export function dice(seed) {
  let state = seed >>> 0;
  const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
  return { next, pick: (list) => list[Math.floor(next() * list.length)], between: (a, b) => a + next() * (b - a) };
}

/** The centre of the day. The supervisor's telephone is the last of those at agentsPort. */
export function dayCentre({ agentsPort, count, recorder, faxPort }) {
  const announced = { announce_first_s: 2, announce_every_s: 6, recording: 'always' };
  const rows = centre({ agentsPort, uriAgents: count, queues: { support: announced, sales: { recording: 'never' } } });
  const trunk = rows['trunks.json'][0];
  return {
    ...rows,
    'recorders.json': [{ name: 'Vault', uri: recorder.uri, percent: 20 }],
    'queues.json': [...rows['queues.json'], { name: 'messages', channel: 'message', wrap_up_s: 0 }],
    'trunks.json': [{ ...trunk, proxy: `sip:127.0.0.1:${faxPort}` }],
    'flows/voicemail.json': {
      format: 1, language: 'en', start: 'message',
      nodes: {
        message: { type: 'voicemail', say: say('Speak.'), queue: '@support', deliver_to: '@messages', limit_s: 5, silence_s: 3, next: 'bye' },
        bye: { type: 'hang_up', say: say('Goodbye.'), reason: 'flow_ended' },
      },
    },
    'numbers.json': [...rows['numbers.json'].map((n) => (n.number === '1000' ? { ...n, is_web: true } : n)), { number: '3000', flow: '@voicemail' },
      { number: '2222', fax_queue: '@messages' }],
    'users.json': [...rows['users.json'].filter((u) => u.login !== 'boss'), { login: 'boss', name: 'Boss', roles: ['supervisor'], password: PASSWORD, device: 'uri',
      device_uri: `sip:a${count + 1}@127.0.0.1:${agentsPort}` }],
  };
}

class Person {
  constructor(server, login, seed, tally) {
    Object.assign(this, { server, login, dice: dice(seed), tally, isOver: false });
  }

  async connect() {
    const { socket } = await this.server.person(this.login, PASSWORD);
    this.server.people = this.server.people.filter((s) => s.ws.readyState <= 1);
    this.socket = socket;
    this.tally.logins++;
  }

  async ask(what, fields) {
    const reply = await this.socket.ask(what, fields, 30000);
    if (reply.ok) this.tally.done[what] = (this.tally.done[what] ?? 0) + 1;
    else this.tally.refused++; // the call is over, the colleague busy: that is a day's work
    return reply.ok;
  }

  rest(from, to) {
    return sleep(this.dice.between(from, to));
  }
}

export class Agent extends Person {
  async #consult(interaction) {
    const to = { kind: 'agent', id: this.dice.pick(this.users) };
    if (!(await this.ask('call.consult', { interaction, to }))) return;
    await this.rest(300, 1500);
    const next = this.dice.pick(['call.toggle', 'call.conference', 'call.complete', 'call.return']);
    await this.ask(next, { interaction });
    await this.rest(200, 800);
    if (next === 'call.toggle') await this.ask('call.return', { interaction });
  }

  async #between(first, second, interaction, [from, to], fields = [{}, {}]) {
    if (!(await this.ask(first, { interaction, ...fields[0] }))) return;
    await this.rest(from, to);
    await this.ask(second, { interaction, ...fields[1] });
  }

  async #once(interaction) {
    switch (this.dice.pick(['hold', 'hold', 'mute', 'dtmf', 'record', 'consult', 'consult', 'park', 'transfer', 'nothing', 'nothing', 'page'])) {
      case 'hold':
        return this.#between('call.hold', 'call.resume', interaction, [100, 1200]);
      case 'mute':
        return this.#between('call.mute', 'call.mute', interaction, [50, 200], [{ on: true }, { on: false }]);
      case 'dtmf':
        return this.ask('call.dtmf', { interaction, digits: '12#' });
      case 'record':
        return this.#between('call.record', 'call.record', interaction, [100, 800], [{ act: 'pause' }, { act: 'resume' }]);
      case 'consult':
        return this.#consult(interaction);
      case 'park':
        return this.#between('call.park', 'call.pick_up', interaction, [200, 800]);
      case 'transfer':
        return this.ask('call.transfer', { interaction, to: { kind: 'queue', id: this.queue } });
      case 'page': // a lost page: the call is at a telephone and goes on
        this.socket.close();
        await this.rest(100, 600);
        await this.connect();
        return this.ask('agent.ready');
      default:
    }
  }

  /** Messages left and faxes: taken and done with. */
  async #paperwork(pushes) {
    for (const offer of pushes.filter((p) => p.on === 'work_offer' && !this.seen.has(p.interaction))) {
      this.seen.add(offer.interaction);
      if (!(await this.ask('work.accept', { interaction: offer.interaction }))) continue;
      await this.rest(100, 500);
      await this.ask('work.end', { interaction: offer.interaction });
    }
  }

  async work() {
    await this.connect();
    await this.ask('agent.ready');
    this.seen = new Set();
    let turns = 0;
    while (!this.isOver) {
      const { pushes } = this.socket;
      const call = pushes.findLast((p) => p.on === 'call');
      const interaction = call?.state !== 'ended' ? call?.interaction : undefined;
      if (interaction && interaction !== this.last) {
        this.last = interaction;
        turns = 0;
      }
      if (interaction && turns++ < 3) await this.#once(interaction).catch(() => null);
      await this.#paperwork(pushes).catch(() => null);
      if (this.dice.next() < 0.05) {
        await this.ask('agent.break').catch(() => null);
        await this.ask('agent.ready').catch(() => null);
      }
      if (pushes.length > 500) pushes.splice(0, pushes.length - 50);
      await this.rest(200, 900);
    }
    await this.socket.ask('agent.offline').catch(() => null);
    this.socket.close();
  }
}

/** Listens in, whispers, barges in, goes on to the next call. */
export class Boss extends Person {
  async work(agentsAtWork) {
    await this.connect();
    while (!this.isOver) {
      const interaction = this.dice.pick(agentsAtWork).last;
      if (interaction && (await this.ask('supervise.start', { interaction, mode: 'listen', device: 'phone' }).catch(() => false))) {
        for (const mode of ['whisper', 'barge']) {
          await this.rest(300, 1200);
          await this.ask('supervise.mode', { interaction, mode }).catch(() => null);
        }
        await this.ask('supervise.stop', { interaction }).catch(() => null);
      }
      this.socket.pushes.length = 0;
      await this.rest(500, 2500);
    }
    this.socket.close();
  }
}

/** A call from a page, by the browser's own telephone and the visitor's socket; what it came to. */
function visit({ digit, talkMs }) {
  return (async () => {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true });
    const peer = new RTCPeerConnection();
    const ear = new Audio(); // Chromium hands on no sound that nothing plays
    peer.addEventListener('track', (event) => Object.assign(ear, { srcObject: new MediaStream([event.track]) }).play());
    media.getTracks().forEach((track) => peer.addTrack(track, media));
    await peer.setLocalDescription(await peer.createOffer());
    await new Promise((resolve) => (peer.iceGatheringState === 'complete' ? resolve() : peer.addEventListener('icegatheringstatechange', () => peer.iceGatheringState === 'complete' && resolve())));
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/v1/visit?number=1000`);
    const states = [];
    let onReply;
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.re !== undefined) onReply?.(message);
      else if (message.on === 'visit') states.push(message.state);
    };
    await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: () => reject(new Error('the socket does not open')) }));
    const ask = (what, fields) => new Promise((resolve) => {
      onReply = resolve;
      socket.send(JSON.stringify({ id: 1, do: what, ...fields }));
    });
    const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const begun = await ask('visit.start', { name: 'Visitor', language: 'en', sdp: peer.localDescription.sdp });
    if (begun.ok) {
      await peer.setRemoteDescription({ type: 'answer', sdp: begun.sdp });
      for (let i = 0; i < 60 && !states.includes('talking') && !states.includes('ended'); i++) {
        if (i % 6 === 3) await ask('visit.digit', { digits: digit });
        await rest(500);
      }
      for (let ms = 0; ms < talkMs && states.includes('talking') && !states.includes('ended'); ms += 250) {
        await rest(250);
        if (window.markazTone(1000).share > 0.5 && !states.includes('heard')) states.push('heard');
      }
      if (!states.includes('ended')) await ask('visit.hang_up', {});
    }
    socket.close();
    peer.close();
    media.getTracks().forEach((track) => track.stop());
    return { states, error: begun.error };
  })();
}

export async function visitors(server, isOver, seed, tally) {
  const chance = dice(seed);
  const browser = await Browser.start({ hz: 440 });
  try {
    while (!isOver()) {
      const page = await browser.page(`${server.base}/healthz`);
      const { states } = await page.evaluate(visit, { digit: chance.pick(['1', '2']), talkMs: chance.between(2000, 6000) }).catch((error) => ({ states: [error.message] }));
      tally.visits++;
      tally.visitsTalking += states.includes('talking');
      tally.visitsHeard += states.includes('heard');
      await page.context().close();
      await sleep(chance.between(500, 4000));
    }
  } finally {
    await browser.stop();
  }
}

const PAPER = Buffer.from(`%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Count 1/Kids[4 0 R]>>endobj
3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F 3 0 R>>>>>>endobj
5 0 obj<</Length 33>>stream
BT /F 40 Tf 90 700 Td (day) Tj ET
endstream endobj
trailer<</Root 1 0 R>>
%%EOF
`).toString('base64');

/** Another server, to which ours sends faxes and which sends faxes to ours, one at a time. */
export async function faxes(server, other, isOver, tally) {
  const directions = [[await server.admin(), '1001'], [await other.admin(), '1002']];
  tally.logins++;
  for (let i = 0; !isOver(); i++) {
    const [rest, from] = directions[i % 2];
    const { id } = await rest.post('/faxes', { to: '2222', from, file: PAPER });
    // One that failed would be tried again in some minutes; a day has other faxes.
    const row = await until('a fax to be over', async () => {
      const r = await rest.get(`/faxes/${id}`);
      return (isOver() || r.state !== 'queued' || r.tries > 0) && r;
    }, 300000, 1000);
    if (row.state === 'queued') await rest.fetch('DELETE', `/api/v1/faxes/${id}`);
    tally.faxes++;
    tally.faxesSent += row.state === 'sent';
    for (let wait = 0; wait < 10 && !isOver(); wait++) await sleep(1000);
  }
}

export function faxPeer(sipPort, ownPort) {
  const rows = centre({ agentsPort: sipPort }); // whom its trunk calls
  return Server.start({
    centre: {
      ...rows,
      'queues.json': [...rows['queues.json'], { name: 'messages', channel: 'message' }],
      'numbers.json': [...rows['numbers.json'], { number: '2222', fax_queue: '@messages' }],
    },
    config: { log_level: 'error', sip_listen: `udp:127.0.0.1:${ownPort}` },
  });
}

/** Those who call: most for support, some through the menu, some to leave a message. */
export function dayCallers(server, atOnce) {
  const common = { from: '+1555######', count: 0, audio: 'tone:440' };
  const person = { ...common, hear: 1000, 'talk-s': '2-12', 'patience-s': '5-25' };
  return {
    support: callers({ ...person, to: server.sip('support'), rate: 4, 'at-once': atOnce }),
    menu: callers({ ...person, to: server.sip('1000'), rate: 0.5, 'at-once': 3, digits: ',,1|,,2' }),
    message: callers({ ...common, to: server.sip('3000'), rate: 0.3, 'at-once': 2, 'talk-s': 0, 'patience-s': 30 }),
  };
}

export function dayAgents(count, port) {
  return agents({ agents: count + 1, port, audio: 'tone:1000', hear: 440 });
}

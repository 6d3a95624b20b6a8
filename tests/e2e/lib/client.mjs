// A person's session over REST and WebSocket, as docs/protocol.md says.
import WebSocket from 'ws';
import { until } from './util.mjs';

export class Rest {
  constructor(base) {
    this.base = base;
    this.cookie = '';
  }

  async fetch(method, url, body, headers = {}) {
    const response = await fetch(this.base + url, {
      method,
      redirect: 'manual',
      headers: {
        'X-Markaz': '1',
        ...(this.cookie ? { Cookie: this.cookie } : {}),
        ...(body !== undefined ? { 'Content-Type': 'application/json' } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const cookie = response.headers.getSetCookie().find((c) => c.startsWith('markaz_session='));
    if (cookie) this.cookie = cookie.split(';')[0];
    return response;
  }

  async json(method, url, body) {
    const response = await this.fetch(method, url, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 600)}`);
    return text ? JSON.parse(text) : null;
  }

  get(url) {
    return this.json('GET', `/api/v1${url}`);
  }

  post(url, body) {
    return this.json('POST', `/api/v1${url}`, body);
  }

  patch(url, body) {
    return this.json('PATCH', `/api/v1${url}`, body);
  }

  async login(login, password) {
    this.session = await this.json('POST', '/api/v1/session', { login, password });
    return this;
  }

  /** The row of a resource by one of its fields. */
  async find(resource, field, value) {
    const { items } = await this.get(`/${resource}?limit=200`);
    const row = items.find((item) => item[field] === value);
    if (!row) throw new Error(`no ${resource} with ${field} ${value}: ${items.map((i) => i[field]).join(', ')}`);
    return row;
  }

  /** Interactions newest first, waited for until check likes them. */
  interactions(check, ms = 10000) {
    return until('the history', async () => {
      const { items } = await this.get('/interactions?limit=200');
      return check(items) ? items : null;
    }, ms, 200);
  }
}

export class Socket {
  static async open(rest) {
    const socket = new Socket();
    socket.ws = new WebSocket(`${rest.base.replace('http', 'ws')}/api/v1/ws`, {
      headers: { Cookie: rest.cookie, Origin: rest.base },
    });
    socket.pushes = [];
    socket.replies = new Map();
    socket.nextId = 1;
    socket.closed = new Promise((resolve) => socket.ws.once('close', (code) => resolve((socket.code = code))));
    socket.ws.on('message', (data) => {
      const message = JSON.parse(data);
      if (message.re !== undefined) socket.replies.get(message.re)?.(message);
      else socket.pushes.push(message);
    });
    await new Promise((resolve, reject) => {
      socket.ws.once('open', resolve);
      socket.ws.once('error', reject);
    });
    socket.hello = await socket.push('hello');
    return socket;
  }

  /** Sends a request; the reply, whether ok or not. */
  ask(what, fields = {}, ms = 10000) {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no reply to ${what} in ${ms} ms`)), ms);
      this.replies.set(id, (message) => {
        clearTimeout(timer);
        this.replies.delete(id);
        resolve(message);
      });
      this.ws.send(JSON.stringify({ id, do: what, ...fields }));
    });
  }

  /** As ask, but a refusal throws. */
  async do(what, fields = {}) {
    const reply = await this.ask(what, fields);
    if (!reply.ok) throw new Error(`${what} was refused: ${JSON.stringify(reply.error)}`);
    return reply;
  }

  /** The first push of a kind (since `from`) that check likes. */
  push(on, check = () => true, ms = 10000, from = 0) {
    return until(() => `push ${on}; had ${this.pushes.slice(-6).map((p) => JSON.stringify(p).slice(0, 160)).join(' | ')}`, () => this.pushes.slice(from).find((p) => p.on === on && check(p)), ms, 20);
  }

  close() {
    this.ws.terminate();
  }
}

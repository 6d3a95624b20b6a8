/**
 * A stand-in for the server, for the screens' own tests and for drawing: REST rows in memory, a WebSocket that walks one agent
 * through offer, call and wrap-up. Serves the built screens. Loopback only; never part of the product.
 */
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { WebSocketServer } from 'ws'
import { detailOf, id, kpis, makeData } from './data.mjs'
import { decisionsOf, NO_ROUTING, ruleAnswer, waitsOf } from './routing.mjs'
import { OFFER_SDP, tone, waveform } from './sound.mjs'
import { callMore, EXTENSIONS, FAXES, heardWorks, liveMore, PDF, RING_GROUPS, voiceParts } from './voice.mjs'

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.json': 'application/json' }
const PERMISSIONS = ['handle', 'see_live', 'see_history', 'listen', 'read_config', 'change_config', 'change_users', 'see_audit', 'steer_agents', 'see_customers', 'change_customers', 'erase_people', 'supervise', 'dial']

export function startMock({ port = 0, directory }) {
	const data = makeData()
	const me = data.users[0]
	const agent = { presence: 'offline', state: 'offline', state_since: Date.now(), break_reason: null, device: 'browser', is_device_reachable: true, next_presence: null }
	const desk = { offers: [], calls: [], wrap_ups: [] }
	const clients = new Set()
	const details = new Map()
	let isSignedIn = false

	const push = (message) => clients.forEach((c) => c.send(JSON.stringify(message)))
	const setAgent = (change) => {
		Object.assign(agent, change, { state_since: Date.now() })
		push({ on: 'agent', ...agent })
	}
	const contact = () => ({
		interaction: id('i'), segment: id('s'),
		customer: { number: '+989120000000', name: data.customers[0].name, id: data.customers[0].id, is_vip: true, notes: data.customers[0].notes },
		number: '+982191000000', queue: { id: data.queues[0].id, name: data.queues[0].name },
		chosen: [{ node: 'menu', label: 'Sales · فروش', digits: '1' }, { node: 'sales_menu', label: 'رزرو هتل', digits: '3' }],
		history: data.interactions.slice(0, 4),
	})
	const session = () => ({ user: me, permissions: PERMISSIONS })
	const liveQueues = () =>
		data.queues.map((q, i) => ({
			id: q.id, name: q.name, waiting: [3, 0, 1, 0, 12][i], oldest_since: [Date.now() - 95_000, null, Date.now() - 12_000, null, Date.now() - 340_000][i], ringing: i === 0 ? 1 : 0, talking: i, agents_ready: 4, agents_free: i === 4 ? 0 : 2, ewt_ms: [64_000, 0, 20_000, 0, 410_000][i], today: kpis([0.9, 0.5, 0.7, 1, 0.1][i]),
			...NO_ROUTING, is_open: i !== 3, owed: i === 4 ? 140 : 0, waits: waitsOf([3, 0, 1, 0, 12][i], id, data.users),
		}))
	const picks = waitsOf(3, id, data.users)
	const STATES = ['ready', 'talking', 'talking', 'break', 'wrap_up', 'hold', 'not_responding', 'offline']
	const liveAgents = () =>
		data.users.map((u, i) => ({
			id: u.id, name: u.name, team: u.team, state: STATES[i % 8], state_since: Date.now() - i * 71_000, break_reason: i % 8 === 3 ? data['break-reasons'][0].id : null, device: 'browser', is_device_reachable: i !== 6, ...liveMore(i), customer: i % 8 === 1 || i % 8 === 2 || i % 8 === 5 ? { number: '+989121234567', name: i % 2 ? 'سارا محمدی' : null } : null, queue: data.queues[i % 4].id, today: kpis(0.1),
		}))

	const voice = voiceParts({ data, desk, push, changeCall, offer, finish: endCall })
	const does = {
		'agent.ready': () => setAgent({ presence: 'ready', state: 'ready' }),
		'agent.break': (m) => setAgent(agent.state === 'talking' ? { next_presence: 'break' } : { presence: 'break', state: 'break', break_reason: m.reason }),
		'agent.offline': () => (agent.state === 'talking' ? { code: 'busy', message: 'talking' } : setAgent({ presence: 'offline', state: 'offline' })),
		'agent.device': (m) => setAgent({ device: m.device }),
		'call.answer': (m) => answer(m.interaction, m.sdp),
		'call.media': (m) => (m.sdp?.startsWith('v=0') ? undefined : { code: 'sdp_invalid', message: 'no SDP' }),
		'call.decline': (m) => endOffer(m.interaction, 'declined'),
		'call.hold': (m) => changeCall(m.interaction, { state: 'held', held_at: Date.now() }, 'hold'),
		'call.resume': (m) => changeCall(m.interaction, { state: 'connected', held_at: null }, 'talking'),
		'call.mute': (m) => changeCall(m.interaction, { is_muted: m.on }),
		...voice.does,
		'call.dtmf': () => undefined,
		'call.transfer': (m) => endCall(m.interaction),
		'call.hang_up': (m) => endCall(m.interaction),
		'wrap_up.extend': (m) => {
			const w = desk.wrap_ups.find((x) => x.interaction === m.interaction)
			Object.assign(w, { until: w.until + 60_000, is_extended: true })
			push({ on: 'wrap_up', ...w })
		},
		'wrap_up.finish': (m) => {
			desk.wrap_ups = []
			push({ on: 'wrap_up_over', interaction: m.interaction })
			setAgent({ state: 'ready' })
		},
		'notes.save': () => undefined,
		'directory.list': (m) => ({ ok: true, agents: data.users.filter((u) => u.name.toLowerCase().includes(m.search.toLowerCase())).map((u, i) => ({ id: u.id, name: u.name, state: STATES[i % 8] })), queues: data.queues.filter((q) => q.name.toLowerCase().includes(m.search.toLowerCase())).map((q) => ({ id: q.id, name: q.name, waiting: 2 })), extensions: EXTENSIONS, ring_groups: RING_GROUPS }),
		'queue.list': () => ({ ok: true, queues: [{ id: data.queues[0].id, name: data.queues[0].name, waits: picks }] }),
		'queue.pick': () => void offer(),
		'queue.assign': () => undefined,
		'live.subscribe': () => ({ ok: true, queues: liveQueues(), agents: liveAgents(), all: kpis(1), trunks: data.trunks.map((t, i) => ({ id: t.id, name: t.name, is_up: [true, false, null][i % 3], calls: i ? 0 : 7, reason: i === 1 ? 'timeout' : null })) }),
		'live.unsubscribe': () => undefined,
		'agent.set': () => undefined,
	}
	function offer(more = {}) {
		const o = { ...contact(), deadline_at: Date.now() + 20_000, device: agent.device, sdp: OFFER_SDP, wait_ms: 47_000, is_auto_answer: false, ...more }
		desk.offers = [o]
		push({ on: 'offer', ...o })
		setAgent({ state: 'ringing' })
		return o.interaction
	}
	function endOffer(interaction, reason) {
		desk.offers = []
		push({ on: 'offer_ended', interaction, reason })
		setAgent({ state: 'ready' })
	}
	function answer(interaction, sdp) {
		const o = desk.offers.find((x) => x.interaction === interaction)
		if (!o || !sdp?.startsWith('v=0')) return { code: 'not_found', message: 'no such offer' }
		desk.offers = []
		push({ on: 'offer_ended', interaction, reason: 'answered' })
		const { deadline_at: _d, device: _v, sdp: _s, is_auto_answer: _a, ...facts } = o
		desk.calls = [{ ...facts, ...callMore(facts.customer), state: 'connected', is_muted: false, is_recording: true, connected_at: Date.now(), held_at: null, reason: null }]
		push({ on: 'call', ...desk.calls[0] })
		setAgent({ state: 'talking' })
	}
	function changeCall(interaction, change, state) {
		const call = desk.calls.find((c) => c.interaction === interaction)
		if (!call) return { code: 'not_found', message: 'no such call' }
		Object.assign(call, change)
		push({ on: 'call', ...call })
		if (state) setAgent({ state })
	}
	function endCall(interaction) {
		const call = desk.calls.find((c) => c.interaction === interaction)
		desk.calls = []
		push({ on: 'call', ...call, state: 'ended', reason: 'agent_hung_up' })
		const w = { ...call, until: Date.now() + 30_000, is_extended: false, disposition_required: true, dispositions: data.dispositions.map((d) => ({ id: d.id, name: d.name })), disposition: null, notes: null }
		desk.wrap_ups = [w]
		push({ on: 'wrap_up', ...w })
		setAgent({ state: 'wrap_up' })
	}

	const json = (res, status, body, headers = {}) => {
		res.writeHead(status, { 'Content-Type': 'application/json', ...headers })
		res.end(JSON.stringify(body))
	}
	const problem = (res, status, code, detail, errors) => json(res, status, { type: `https://markaz.dev/problems/${code}`, title: code, status, code, detail, errors })
	const page = (res, rows, url, limit) => {
		const from = Number(url.searchParams.get('cursor') ?? 0)
		json(res, 200, { items: rows.slice(from, from + limit), next_cursor: from + limit < rows.length ? String(from + limit) : null })
	}
	async function bodyOf(req) {
		let text = ''
		for await (const chunk of req) text += chunk
		try {
			return JSON.parse(text || '{}')
		} catch {
			return {}
		}
	}
	async function handle(req, res, url) {
		const [, , , what, which, more] = url.pathname.split('/')
		const write = req.method !== 'GET' && req.method !== 'HEAD'
		if (write && req.headers['x-markaz'] !== '1') return problem(res, 403, 'forbidden', 'X-Markaz is missing')
		if (what === 'session') {
			if (req.method === 'POST') {
				const { password } = await bodyOf(req)
				if (password !== 'secret-word') return problem(res, 401, 'unauthenticated', 'wrong')
				isSignedIn = true
			}
			if (req.method === 'DELETE') isSignedIn = false
			return isSignedIn ? json(res, 200, session()) : problem(res, 401, 'unauthenticated', 'sign in')
		}
		if (!isSignedIn) return problem(res, 401, 'unauthenticated', 'sign in')
		if (what === 'me') return json(res, 200, Object.assign(me, await bodyOf(req)))
		if (what === 'kpis' && which === 'definitions') return json(res, 200, { asa: 'sum of wait of answered / answered', offered: 'segments that entered the queue', sl_default: 'A_T / (A + B - B_s)' })
		if (what === 'kpis') return json(res, 200, { from_at: 0, to_at: 0, all: kpis(1), queues: [], agents: [] })
		if (what === 'audit') return page(res, data.queues.map((q, i) => ({ id: 900 - i, user_name: me.name, at: Date.now() - i * 3e6, user: me.id, action: 'updated', resource: 'queue', row: q.id, before: { wrap_up_s: 20 }, after: { wrap_up_s: 30 }, address: '192.0.2.4' })), url, 50)
		if (what === 'interactions' && which) {
			const found = data.interactions.find((r) => r.id === which)
			if (found && more === 'decisions') return json(res, 200, decisionsOf(details.get(which) ?? detailOf(found, data), data))
			if (found) details.set(which, detailOf(found, data))
			return found ? json(res, 200, details.get(which)) : problem(res, 404, 'not_found', 'no such interaction')
		}
		if (what === 'interactions') {
			const q = url.searchParams
			const rows = data.interactions.filter((r) => r.started_at >= Number(q.get('from_at') ?? 0) && r.started_at < Number(q.get('to_at') ?? Infinity) && (!q.get('agent') || r.agent === q.get('agent')) && (!q.get('queue') || r.queue === q.get('queue')) && (!q.get('result') || r.result === q.get('result')) && (!q.get('search') || `${r.name} ${r.from}`.includes(q.get('search'))))
			return page(res, rows, url, Number(q.get('limit') ?? 50))
		}
		if (what === 'voicemails' && which === 'greeting') {
			if (write) hasGreeting = req.method === 'PUT'
			if (write) return res.writeHead(204).end()
			return hasGreeting ? sendSound(req, res) : problem(res, 404, 'not_found', 'no greeting of your own')
		}
		if ((what === 'recordings' || what === 'voicemails') && more === 'waveform') return json(res, 200, waveform())
		if (what === 'recordings') return sendSound(req, res)
		if (what === 'faxes' && !which) return write ? json(res, 201, { id: 'f9', pages: 2 }) : page(res, FAXES(), url, 50)
		if (what === 'faxes') {
			res.writeHead(200, { 'Content-Type': 'application/pdf' })
			return res.end(PDF)
		}
		if (what === 'flows' && which === 'check') return json(res, 200, { issues: [{ is_warning: true, node: 'old', field: '', code: 'unreachable', message: 'No way leads to this node: connect it or delete it.' }] })
		if (what === 'prompts' && (more === 'audio' || which === 'preview')) return write && which !== 'preview' ? json(res, 200, {}) : sendSound(req, res)
		const ruled = what === 'business-rules' && which && ruleAnswer(which, req.method === 'POST' ? await bodyOf(req) : {}, data)
		if (ruled) return json(res, 200, ruled)
		const rows = data[what]
		if (!rows) return problem(res, 404, 'not_found', 'no such resource')
		if (!which && !write) return page(res, rows.filter((r) => !url.searchParams.get('search') || JSON.stringify(r).includes(url.searchParams.get('search'))), url, Number(url.searchParams.get('limit') ?? 50))
		return changeRows(req, res, rows, what, which)
	}
	async function changeRows(req, res, rows, what, which) {
		const at = rows.findIndex((r) => r.id === which)
		if (which && at < 0) return problem(res, 404, 'not_found', 'no such row')
		const body = await bodyOf(req)
		if (req.method === 'GET') return json(res, 200, rows[at])
		if (req.method === 'DELETE') {
			rows.splice(at, 1)
			res.writeHead(204).end()
			return push({ on: 'config', resource: what, id: which })
		}
		if (rows.some((r) => r.id !== which && body.name && r.name === body.name)) return problem(res, 409, 'conflict', 'taken', [{ pointer: '/name', code: 'not_unique', message: 'Already taken' }])
		if (body.name === '') return problem(res, 422, 'invalid', 'wrong', [{ pointer: '/name', code: 'required', message: 'Fill this in' }])
		if (which) Object.assign(rows[at], body, { version: rows[at].version + 1 })
		else rows.push({ id: id('r'), version: 1, created_at: Date.now(), updated_at: Date.now(), ...body })
		const row = which ? rows[at] : rows.at(-1)
		json(res, which ? 200 : 201, row)
		push({ on: 'config', resource: what, id: row.id })
	}
	function sendSound(req, res) {
		const wav = tone()
		const range = /bytes=(\d+)-(\d*)/.exec(req.headers.range ?? '')
		if (!range) {
			res.writeHead(200, { 'Content-Type': 'audio/wav', 'Content-Length': wav.length, 'Accept-Ranges': 'bytes' })
			return res.end(wav)
		}
		const from = Number(range[1])
		const to = range[2] ? Number(range[2]) : wav.length - 1
		res.writeHead(206, { 'Content-Type': 'audio/wav', 'Content-Range': `bytes ${from}-${to}/${wav.length}`, 'Content-Length': to - from + 1, 'Accept-Ranges': 'bytes' })
		res.end(wav.subarray(from, to + 1))
	}
	function sendFile(res, path) {
		let file = join(directory, normalize(path).replace(/^(\.\.[/\\])+/, ''))
		if (!existsSync(file) || statSync(file).isDirectory()) file = join(directory, 'index.html')
		res.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; frame-src 'self' blob:" })
		createReadStream(file).pipe(res)
	}
	const server = createServer((req, res) => {
		const url = new URL(req.url, 'http://localhost')
		if (url.pathname.startsWith('/api/')) handle(req, res, url).catch((error) => problem(res, 500, 'unavailable', String(error)))
		else sendFile(res, url.pathname)
	})
	const sockets = new WebSocketServer({ server, path: '/api/v1/ws' })
	sockets.on('connection', (client) => {
		clients.add(client)
		client.on('close', () => clients.delete(client))
		client.on('message', (text) => {
			const m = JSON.parse(text)
			const result = does[m.do]?.(m)
			if (result?.ok) client.send(JSON.stringify({ re: m.id, ...result }))
			else if (result?.code) client.send(JSON.stringify({ re: m.id, ok: false, error: result }))
			else client.send(JSON.stringify({ re: m.id, ok: true }))
		})
		client.send(JSON.stringify({ on: 'hello', server: { version: '0.1.0', now: Date.now() }, user: me, agent, ...desk, ...voice.hello() }))
	})
	return new Promise((resolve) =>
		server.listen(port, '127.0.0.1', () =>
			resolve({
				url: `http://127.0.0.1:${server.address().port}`,
				data, offer, endOffer, push, changeCall, voice, heard: () => heardWorks(data).forEach((work) => push({ on: 'work', ...work })),
				dropClients: () => clients.forEach((c) => c.terminate()),
				signOut: () => {
					isSignedIn = false
				},
				reset: () => {
					voice.reset()
					Object.assign(desk, { offers: [], calls: [], wrap_ups: [] })
					Object.assign(agent, { presence: 'offline', state: 'offline', state_since: Date.now() - 65_000, device: 'browser', next_presence: null })
				},
				stop: () => {
					clients.forEach((c) => c.terminate())
					server.close()
				},
			}),
		),
	)
}

/** Routing in the stand-in server: who waits, business rules, why this agent. */

const MINUTE = 60_000
const VERDICTS = ['chosen', 'outranked', 'outranked', 'lacks_skill', 'not_available', 'at_capacity', 'in_wrap_up', 'resting', 'excluded', 'not_reached']

export const NO_ROUTING = { is_open: true, owed: 0, agents_reachable: 6, service_level_ms: 18_000, service_level_target_pct: 80 }

/** Late, near and in time; VIPs, rings and those who wait for one agent. */
export function waitsOf(count, id, users, now = Date.now()) {
	return Array.from({ length: count }, (_, k) => ({
		interaction: id('i'), number: `+9891234567${10 + k}`, name: k % 2 ? 'رضا توکلی' : null, since: now - 340_000 + k * 31_000, position: k, priority: k === 1 ? 23 : 0, is_vip: k === 1, ring: k < 3 ? 1 : 0,
		target_at: now - 40_000 + k * 15_000, is_near_target: k === 3, estimate_ms: k ? k * 42_000 : null, preferred: k === 4 ? users[1].id : null,
	}))
}

export function routingRows(row) {
	const rule = (position, name, text, more = {}) => row({ name, description: null, position, text, is_active: true, ...more })
	return {
		'capacity-profiles': [row({ name: 'Blended', voice_max: 1, voice_load: 100, voice_interrupts: ['email', 'task'], chat_max: 4, chat_load: 30, chat_interrupts: [], email_max: 5, email_load: 20, email_interrupts: [], message_max: 4, message_load: 25, message_interrupts: [], task_max: 5, task_load: 20, task_interrupts: [] })],
		'business-rules': [
			rule(10, 'VIPs first', 'if customer and customer.is_vip then\n\tpriority(10)\n\tnote("VIP")\nend\n', { description: 'Whoever matters most waits least.' }),
			rule(20, 'بازگشت به آخرین کارشناس', 'if history.since_last_s < 3 * days then\n\tprefer_agent("last_agent", 20)\nend\n'),
			rule(30, 'Night team', 'if time.hour >= 20 then\n\tqueue "Support"\nend\n', { is_active: false }),
		],
	}
}

/** What the server says to /business-rules/<which>; undefined where it has nothing of that name. */
export function ruleAnswer(which, body, data) {
	if (which === 'check') {
		const line = String(body.text ?? '').split('\n').findIndex((l) => l.includes('nowhere')) + 1
		return { issues: line ? [{ line, message: 'there is no queue called "nowhere"' }] : [] }
	}
	if (which === 'failures') return { items: [{ rule: data['business-rules'][2].id, name: 'Night team', version: 1, line: 2, message: 'there is no queue called "Support"', at: Date.now() - 7 * MINUTE, times: 3 }] }
	if (which !== 'try') return undefined
	const skills = [{ skill: data.skills[0].id, level: 5, any: 1, kind: 'required' }, { skill: data.skills[1].id, level: 1, any: 1, kind: 'required' }]
	return {
		queue: data.queues[4].id, priority: 10, head_start_s: 90, target_s: 0, skills, excluded: [data.users[2].id], preferred_agent: data.users[1].id, patience_s: 20, is_stopped: false,
		applied: [{ rule: null, name: 'VIPs first', version: 1, note: 'VIP' }], failed: [],
	}
}

export function decisionsOf(contact, data) {
	const candidates = VERDICTS.slice(0, data.users.length).map((verdict, k) => ({ agent: data.users[k].id, verdict, level: k === 9 ? 2 : 1, unmet: k === 1 ? 1 : 0, key: k < 3 ? -12 + k : 0, idle_ms: k < 3 ? 81_000 - k * 9000 : 0 }))
	return {
		decisions: [
			{
				decision: 17, segment: contact.segments[0].id, at: contact.started_at + 26_000, queue: contact.queue, agent: data.users[0].id, how: 'order', strategy: 'most_skilled', ring: 1, priority: 10, waited_ms: 12_000, config_version: 42,
				n_considered: candidates.length + 3, candidates, rules: [{ rule: data['business-rules'][0].id, name: 'VIPs first', version: 1, note: 'VIP' }],
			},
		],
		n_not_kept: 0,
	}
}

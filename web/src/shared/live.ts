/** The supervisor's live view: folded from `live.subscribe` and its pushes. Pure. */
import type { LivePush, LiveView } from './protocol'

function merge<T extends { id: string }>(list: T[], changed: T[] | undefined, gone: string[] | undefined): T[] {
	if (!changed?.length && !gone?.length) return list
	const fresh = new Map((changed ?? []).map((x) => [x.id, x]))
	const leaving = new Set(gone)
	const kept: T[] = []
	for (const old of list) {
		const next = fresh.get(old.id)
		fresh.delete(old.id)
		if (!leaving.has(old.id)) kept.push(next ?? old)
	}
	for (const added of fresh.values()) if (!leaving.has(added.id)) kept.push(added)
	return kept
}

export function foldLive(view: LiveView, push: LivePush): LiveView {
	return {
		queues: merge(view.queues, push.queues, push.gone?.queues),
		agents: merge(view.agents, push.agents, push.gone?.agents),
		trunks: merge(view.trunks, push.trunks, push.gone?.trunks),
		all: push.all ?? view.all,
	}
}

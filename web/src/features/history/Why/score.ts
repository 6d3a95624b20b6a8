/** A strategy's number in the words a person counts in. Pure. */
import type { Format } from '../../../shared/format'
import type { Translate } from '../../../shared/i18n/locale'
import type { Candidate, Decision } from '../../../shared/rest'

const MILLION = 1_000_000

/** Only those who could have taken it were compared. */
export function isCompared(candidate: Pick<Candidate, 'verdict'>): boolean {
	return candidate.verdict === 'chosen' || candidate.verdict === 'outranked'
}

export function scoreWords(strategy: Decision['strategy'], candidate: Candidate, t: Translate, format: Format): string {
	if (!isCompared(candidate)) return '–'
	const { key } = candidate
	switch (strategy) {
		case 'longest_idle':
			return format.duration(candidate.idle_ms)
		case 'least_occupied':
			return t('why.occupied', { share: format.percent(key / MILLION, 1) })
		case 'most_skilled':
			return t('why.levels', { count: -key })
		case 'fewest_contacts':
			return t('why.contacts', { count: key })
		case 'round_robin':
			return key === 0 ? t('why.no_turn') : t('why.turn', { number: key })
		case 'top_down':
			return t('why.place', { number: key + 1 })
		case 'weighted':
			return t('why.points', { points: key })
		case 'ring_all':
			return '–'
	}
}

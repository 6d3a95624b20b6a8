import { useLocale } from '../../shared/i18n/locale'
import type { Result } from '../../shared/rest'
import { Pill, type Tone } from '../../shared/ui/StateBadge/StateBadge'

const TONES: Record<string, Tone | undefined> = { answered: 'good', abandoned: 'bad', voicemail: 'ring', overflowed: 'wait', ended_in_flow: 'off', fax: 'call' }

export function ResultPill({ result, isUnderWay }: { result: Result | null; isUnderWay: boolean }) {
	const { t, tryKey } = useLocale()
	if (isUnderWay) return <Pill tone="call">{t('history.under_way')}</Pill>
	return result ? <Pill tone={TONES[result] ?? 'off'}>{tryKey(`result.${result}`) ?? result}</Pill> : null
}

import { useLocale } from '../../shared/i18n/locale'
import type { Result } from '../../shared/rest'
import { Pill, type Tone } from '../../shared/ui/StateBadge/StateBadge'

const TONES: Record<Result, Tone> = { answered: 'good', abandoned: 'bad', voicemail: 'ring', overflowed: 'wait', ended_in_flow: 'off' }

export function ResultPill({ result, isUnderWay }: { result: Result | null; isUnderWay: boolean }) {
	const { t } = useLocale()
	if (isUnderWay) return <Pill tone="call">{t('history.under_way')}</Pill>
	return result ? <Pill tone={TONES[result] ?? 'off'}>{t(`result.${result}`)}</Pill> : null
}

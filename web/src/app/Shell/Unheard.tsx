/** How many messages of one's own nobody has heard yet, beside the way to them. */
import { VisuallyHidden } from '@mantine/core'
import { useLocale } from '../../shared/i18n/locale'
import type { VoicemailCounts } from '../../shared/protocol'
import classes from './Shell.module.css'

const SHOWN_MAX = 99

/** Who has a mailbox: whoever takes calls, and everybody for whom something was left. */
export function hasMailbox(counts: VoicemailCounts | null, isAgent: boolean): boolean {
	return counts !== null && (isAgent || counts.unheard + counts.heard > 0)
}

export function Unheard({ count }: { count: number }) {
	const { t, format } = useLocale()
	if (count <= 0) return null
	return (
		<>
			<span className={`${classes.badge} mz-num`} aria-hidden="true">
				{count > SHOWN_MAX ? `${format.number(SHOWN_MAX)}+` : format.number(count)}
			</span>
			<VisuallyHidden> {t('voicemail.unheard', { count })}</VisuallyHidden>
		</>
	)
}

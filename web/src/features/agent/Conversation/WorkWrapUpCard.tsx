/** After a contact without a telephone: outcome and notes, the time left. */
import { Button } from '@mantine/core'
import { IconCheck, IconClockPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { ask, serverNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { WorkWrapUp } from '../../../shared/protocol'
import { CountdownRing } from '../../../shared/ui/CountdownRing/CountdownRing'
import { Notes, useDraft } from '../Notes/Notes'
import { useAct } from '../useAct'
import { WorkHead } from '../Works/WorkHead'
import classes from './Conversation.module.css'

export function WorkWrapUpCard({ wrapUp }: { wrapUp: WorkWrapUp }) {
	const { t } = useLocale()
	const { act, isBusy } = useAct()
	const { interaction, until } = wrapUp
	const [draft, change] = useDraft(interaction, wrapUp)
	const [whole, setWhole] = useState({ until, ms: until - serverNow() })
	if (whole.until !== until) setWhole({ until, ms: until - serverNow() })
	const isMissing = wrapUp.disposition_required && !draft.disposition
	const finish = (): void => {
		if (!isMissing && !isBusy) void act(() => ask('wrap_up.finish', { interaction, disposition: draft.disposition, notes: draft.notes }))
	}
	return (
		<section className={classes.main} style={{ flex: 1 }} aria-label={t('state.wrap_up')}>
			<div className={classes.top}>
				<WorkHead work={wrapUp} />
				<div className={classes.foot}>
					<CountdownRing until={until} totalMs={whole.ms} label={t('wrap_up.time_left')} />
					{!wrapUp.is_extended && (
						<Button variant="subtle" size="compact-sm" leftSection={<IconClockPlus size={16} />} onClick={() => void act(() => ask('wrap_up.extend', { interaction }))}>
							{t('wrap_up.extend')}
						</Button>
					)}
				</div>
			</div>
			<Notes draft={draft} onChange={change} dispositions={wrapUp.dispositions} isRequired={wrapUp.disposition_required} />
			<div className={classes.foot}>
				<Button size="md" leftSection={<IconCheck size={20} />} loading={isBusy} disabled={isMissing} onClick={finish}>
					{t('wrap_up.finish')}
				</Button>
				{isMissing && <span className={classes.missing}>{t('wrap_up.required')}</span>}
			</div>
		</section>
	)
}

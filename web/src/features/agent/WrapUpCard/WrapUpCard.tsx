/** After the call: outcome and notes, the time that is left, one way to get more of it. */
import { Button } from '@mantine/core'
import { IconCheck, IconClockPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { ask } from '../../../shared/connection'
import { serverNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { WrapUp } from '../../../shared/protocol'
import { Card } from '../../../shared/ui/Card/Card'
import { CountdownRing } from '../../../shared/ui/CountdownRing/CountdownRing'
import { Kbd } from '../../../shared/ui/Kbd/Kbd'
import { CustomerFacts, CustomerHead } from '../CustomerCard/CustomerCard'
import { KEYS, useKeys } from '../keys'
import { Notes, useDraft } from '../Notes/Notes'
import { useAct } from '../useAct'
import classes from './WrapUpCard.module.css'

export function WrapUpCard({ wrapUp }: { wrapUp: WrapUp }) {
	const { t } = useLocale()
	const { act, isBusy } = useAct()
	const { interaction, until } = wrapUp
	const [draft, change] = useDraft(interaction, wrapUp)
	// The ring's whole is what was left when this limit was first seen.
	const [whole, setWhole] = useState({ until, ms: until === null ? 0 : until - serverNow() })
	if (whole.until !== until) setWhole({ until, ms: until === null ? 0 : until - serverNow() })
	const isMissing = wrapUp.disposition_required && !draft.disposition
	const finish = (): void => {
		if (isMissing || isBusy) return
		void act(() => ask('wrap_up.finish', { interaction, disposition: draft.disposition, notes: draft.notes }))
	}
	useKeys({ [KEYS.finish]: finish })
	return (
		<div className={classes.grid}>
			<section className={classes.main} aria-label={t('state.wrap_up')}>
				<div className={classes.top}>
					<div>
						<p className={classes.eyebrow}>{t('wrap_up.title')}</p>
						<CustomerHead contact={wrapUp} />
					</div>
					{until !== null && (
						<div className={classes.timer}>
							<CountdownRing until={until} totalMs={whole.ms} label={t('wrap_up.time_left')} />
							{!wrapUp.is_extended && (
								<Button variant="subtle" size="compact-sm" leftSection={<IconClockPlus size={16} />} onClick={() => void act(() => ask('wrap_up.extend', { interaction }))}>
									{t('wrap_up.extend')}
								</Button>
							)}
						</div>
					)}
				</div>
				<Notes draft={draft} onChange={change} dispositions={wrapUp.dispositions} isRequired={wrapUp.disposition_required} isAutoFocused />
				<div className={classes.foot}>
					<Button size="lg" leftSection={<IconCheck size={20} />} rightSection={<Kbd>{KEYS.finish}</Kbd>} loading={isBusy} disabled={isMissing} onClick={finish}>
						{t('wrap_up.finish')}
					</Button>
					{isMissing && <span className={classes.missing}>{t('wrap_up.required')}</span>}
				</div>
			</section>
			<Card label={t('customer.title')}>
				<CustomerFacts contact={wrapUp} />
			</Card>
		</div>
	)
}

/** Who it is, on which channel, in which queue. */
import { IconChecklist, IconCrown, IconDeviceMobileMessage, IconFileTypePdf, IconMail, IconMessageCircle, IconMicrophone2 } from '@tabler/icons-react'
import { DialNumber } from '../../../phone/DialNumber/DialNumber'
import { useLocale } from '../../../shared/i18n/locale'
import type { Channel, WorkFacts } from '../../../shared/protocol'
import { Avatar } from '../../../shared/ui/Person/Person'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import classes from './Works.module.css'

export const CHANNEL_ICON: Record<Channel, typeof IconMail> = {
	chat: IconMessageCircle,
	email: IconMail,
	message: IconDeviceMobileMessage,
	task: IconChecklist,
	voicemail: IconMicrophone2,
	fax: IconFileTypePdf,
}

export function WorkHead({ work, size = 44 }: { work: WorkFacts; size?: number }) {
	const { t } = useLocale()
	const { customer } = work
	const Icon = CHANNEL_ICON[work.channel]
	return (
		<div className={classes.head}>
			<Avatar name={customer.name || '#'} size={size} />
			<div className={classes.who}>
				<div className={classes.name}>
					<bdi>{customer.name || customer.number}</bdi>
					{customer.is_vip && (
						<Pill tone="wait">
							<IconCrown size={14} /> {t('customer.vip')}
						</Pill>
					)}
				</div>
				<div className={classes.where}>
					<Icon size={16} aria-hidden="true" /> {t(`channel.${work.channel}`)} · <bdi>{work.queue.name}</bdi>
					{customer.name && (
						<>
							{' '}
							· <DialNumber number={customer.number} name={customer.name} customer={customer.id} queue={work.queue.id} />
						</>
					)}
				</div>
			</div>
		</div>
	)
}

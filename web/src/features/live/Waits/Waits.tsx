import { Drawer } from '@mantine/core'
import { IconMoodSmile } from '@tabler/icons-react'
import { useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { LiveQueue } from '../../../shared/protocol'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { PhoneNumber } from '../../../shared/ui/Person/Person'
import classes from './Waits.module.css'

/** Those who wait in one queue, first in line first. */
export function Waits({ queue, onClose }: { queue: LiveQueue; onClose: () => void }) {
	const { t, format, direction } = useLocale()
	const now = useNow()
	return (
		<Drawer opened onClose={onClose} position={direction === 'rtl' ? 'left' : 'right'} title={<bdi>{queue.name}</bdi>} closeButtonProps={{ 'aria-label': t('common.close') }}>
			{queue.waits.length === 0 ? (
				<Empty icon={<IconMoodSmile size={26} />} title={t('live.nobody_waits')} />
			) : (
				<ol className={classes.list} aria-label={t('live.waiting_callers')}>
					{queue.waits.map((wait) => (
						<li key={wait.interaction} className={classes.wait}>
							<span className={`${classes.position} mz-num`}>
								{format.number(wait.position)}
							</span>
							<span className={classes.who}>
								{wait.name && <bdi className={classes.name}>{wait.name}</bdi>}
								<PhoneNumber number={wait.number} />
							</span>
							<span className="mz-num">{format.duration(now - wait.since)}</span>
						</li>
					))}
				</ol>
			)}
		</Drawer>
	)
}

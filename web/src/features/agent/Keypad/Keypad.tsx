import { Popover, UnstyledButton, Button } from '@mantine/core'
import { IconDialpad } from '@tabler/icons-react'
import { type KeyboardEvent, useState } from 'react'
import { ask } from '../../../shared/connection'
import { asciiDigits } from '../../../shared/format'
import { useLocale } from '../../../shared/i18n/locale'
import { useAct } from '../useAct'
import classes from './Keypad.module.css'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']
const SHOWN_MAX = 20

/** Tones for the machine at the other end. Keys may be typed too, on any keyboard layout. */
export function Keypad({ interaction, isDisabled }: { interaction: string; isDisabled: boolean }) {
	const { t } = useLocale()
	const { act } = useAct()
	const [sent, setSent] = useState('')
	const press = (digit: string): void => {
		setSent((s) => (s + digit).slice(-SHOWN_MAX))
		void act(() => ask('call.dtmf', { interaction, digits: digit }))
	}
	const onKeyDown = (event: KeyboardEvent): void => {
		const key = asciiDigits(event.key)
		if (event.ctrlKey || event.altKey || event.metaKey || !KEYS.includes(key)) return
		event.preventDefault()
		press(key)
	}
	return (
		<Popover position="top" shadow="md" trapFocus>
			<Popover.Target>
				<Button size="md" variant="default" leftSection={<IconDialpad size={20} />} disabled={isDisabled}>
					{t('call.keypad')}
				</Button>
			</Popover.Target>
			<Popover.Dropdown onKeyDown={onKeyDown}>
				<output className={`${classes.sent} mz-num`} dir="ltr" aria-label={t('call.sent_digits')}>
					{sent || '\u00a0'}
				</output>
				{/* A telephone's keys stand the same way round in every language. */}
				<div className={classes.keys} dir="ltr">
					{KEYS.map((key) => (
						<UnstyledButton key={key} className={classes.key} onClick={() => press(key)}>
							{key}
						</UnstyledButton>
					))}
				</div>
			</Popover.Dropdown>
		</Popover>
	)
}

/** A telephone number one can call by a click, for those who may. */
import { UnstyledButton } from '@mantine/core'
import { IconPhoneOutgoing } from '@tabler/icons-react'
import { type MouseEvent, useState } from 'react'
import { useDesk } from '../../shared/connection'
import { useLocale } from '../../shared/i18n/locale'
import { useComplain } from '../../shared/problems'
import { PhoneNumber } from '../../shared/ui/Person/Person'
import { dial } from '../dial'
import { useMayDial } from '../useMayDial'
import classes from './DialNumber.module.css'

/** What can be dialled: mail addresses and names of systems are shown, too, where a number may stand. */
const DIALLED = /^\+?[0-9*#]{2,20}$/

interface Props {
	number: string | null | undefined
	name?: string | null
	customer?: string | null
	queue?: string | null
	/** Only the button: the number stands beside it already, or a name does. */
	isBare?: boolean
}

type Called = Pick<Props, 'number' | 'name' | 'customer' | 'queue'>

/** Calls a number; null where there is none, or this person may not. */
export function useCallNumber({ number, name, customer, queue }: Called): { call: () => Promise<void>; isBusy: boolean } | null {
	const mayDial = useMayDial()
	const complain = useComplain()
	const { calls, offers } = useDesk()
	const [isBusy, setBusy] = useState(false)
	if (!number || !DIALLED.test(number) || !mayDial) return null
	const call = async (): Promise<void> => {
		setBusy(true)
		try {
			await dial({ to: { kind: 'number', number }, label: name || number }, { ...(customer && { customer }), ...(queue && { queue }) })
		} catch (error) {
			complain(error)
		} finally {
			setBusy(false)
		}
	}
	return { call, isBusy: isBusy || calls.length > 0 || offers.length > 0 }
}

export function DialNumber({ number, name, customer, queue, isBare }: Props) {
	const { t, format } = useLocale()
	const dialling = useCallNumber({ number, name, customer, queue })
	const words = isBare ? null : <PhoneNumber number={number} />
	if (!number || !dialling) return words
	const onClick = (event: MouseEvent): void => {
		event.stopPropagation()
		event.preventDefault()
		void dialling.call()
	}
	// What is read aloud holds what is seen.
	const label = t('dial.call_number', { number: isBare && name ? name : format.digits(number) })
	return (
		<UnstyledButton className={classes.dial} disabled={dialling.isBusy} aria-label={label} title={label} onClick={onClick}>
			{words}
			<IconPhoneOutgoing size={16} aria-hidden="true" />
		</UnstyledButton>
	)
}

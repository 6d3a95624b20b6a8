/** Where the call goes: one field that searches colleagues, extensions and queues, or takes a number; at once, or asked first. */
import { Button, Modal } from '@mantine/core'
import { IconArrowForwardUp, IconMessageQuestion, IconUserPlus } from '@tabler/icons-react'
import { ask } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import { TargetPick, usePick } from '../../../shared/people/TargetPick/TargetPick'
import type { Target } from '../../../shared/people/targets'
import { Kbd } from '../../../shared/ui/Kbd/Kbd'
import { useAct } from '../useAct'
import classes from './Transfer.module.css'

export type TransferAim = 'call' | 'work' | 'add'

interface Props {
	interaction: string
	/** call: transfer or ask first. work: transfer only. add: one more into a conference. */
	aim: TransferAim
	onClose: () => void
}

function useGo({ interaction, aim, onClose }: Props) {
	const { act, isBusy } = useAct()
	const run = (target: Target | undefined, name: 'call.transfer' | 'call.consult' | 'work.transfer'): void => {
		if (target && !isBusy) void act(() => ask(name, { interaction, to: target.to })).then((isDone) => isDone && onClose())
	}
	const transfer = (target: Target | undefined): void => run(target, aim === 'work' ? 'work.transfer' : 'call.transfer')
	const consult = (target: Target | undefined): void => run(target, 'call.consult')
	return { transfer, consult, first: aim === 'add' ? consult : transfer, isBusy }
}

export function Transfer(props: Props) {
	const { t } = useLocale()
	const { aim, onClose } = props
	const { transfer, consult, first, isBusy } = useGo(props)
	const pick = usePick(({ to }) => aim !== 'work' || to.kind === 'agent' || to.kind === 'queue')
	const { target } = pick
	const title = t(aim === 'work' ? 'transfer.title' : aim === 'add' ? 'consult.add_title' : 'consult.title')
	return (
		<Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ 'aria-label': t('common.close') }}>
			<TargetPick pick={pick} label={t('transfer.search')} none={t('transfer.none')} onGo={(to, isOther) => (isOther && aim === 'call' ? consult : first)(to)} />
			<div className={classes.foot}>
				{aim === 'call' && <p className={classes.hint}>{t('consult.hint')}</p>}
				{aim !== 'add' && (
					<Button variant={aim === 'work' ? 'filled' : 'default'} size="md" disabled={!target} loading={isBusy} leftSection={<IconArrowForwardUp size={19} className="mz-mirror" />} rightSection={aim === 'call' && <Kbd>Enter</Kbd>} onClick={() => transfer(target)}>
						{t('consult.transfer_now')}
					</Button>
				)}
				{aim !== 'work' && (
					<Button size="md" disabled={!target} loading={isBusy} leftSection={aim === 'add' ? <IconUserPlus size={19} /> : <IconMessageQuestion size={19} />} onClick={() => consult(target)}>
						{t(aim === 'add' ? 'consult.add' : 'consult.ask_first')}
					</Button>
				)}
			</div>
		</Modal>
	)
}

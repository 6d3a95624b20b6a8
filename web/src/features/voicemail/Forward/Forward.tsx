/** To whom a message goes: colleagues and extensions, as where a call is transferred. */
import { Button, Group, Modal, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconArrowForwardUp } from '@tabler/icons-react'
import { useState } from 'react'
import { useLocale } from '../../../shared/i18n/locale'
import { TargetPick, usePick } from '../../../shared/people/TargetPick/TargetPick'
import type { Target } from '../../../shared/people/targets'
import { useComplain } from '../../../shared/problems'
import type { VoicemailRow } from '../../../shared/rest'
import { forwardTo } from '../voicemails'

interface Props {
	row: VoicemailRow
	onDone: () => void
	onClose: () => void
}

export function Forward({ row, onDone, onClose }: Props) {
	const { t } = useLocale()
	const complain = useComplain()
	const [isBusy, setBusy] = useState(false)
	const pick = usePick(({ to }) => (to.kind === 'agent' || to.kind === 'extension') && to.id !== row.owner)
	const forward = async (target: Target | undefined): Promise<void> => {
		if (!target || isBusy || !('id' in target.to)) return
		setBusy(true)
		try {
			await forwardTo(row.id, target.to.id)
			notifications.show({ message: t('voicemail.forwarded', { name: target.name }), withBorder: true })
			onDone()
		} catch (error) {
			complain(error)
			setBusy(false)
		}
	}
	return (
		<Modal opened onClose={onClose} title={t('voicemail.forward_title')} size="lg" closeButtonProps={{ 'aria-label': t('common.close') }}>
			<TargetPick pick={pick} label={t('voicemail.search')} none={t('common.nobody_found')} onGo={(target) => void forward(target)} />
			<Group justify="space-between" mt="md">
				<Text size="sm" c="dimmed">
					{t('voicemail.forward_hint')}
				</Text>
				<Button disabled={!pick.target} loading={isBusy} leftSection={<IconArrowForwardUp size={19} className="mz-mirror" />} onClick={() => void forward(pick.target)}>
					{t('voicemail.forward_now')}
				</Button>
			</Group>
		</Modal>
	)
}

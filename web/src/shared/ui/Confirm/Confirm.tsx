/** The last question before something is gone for good. */
import { Button, Group, Modal, Text } from '@mantine/core'
import { useState } from 'react'
import { useLocale } from '../../i18n/locale'

interface Props {
	title: string
	/** What will be lost, in a sentence. */
	hint: string
	/** The word on the button that does it. */
	action: string
	/** Does it, and says itself what went wrong. */
	onConfirm: () => Promise<unknown>
	onClose: () => void
}

export function Confirm({ title, hint, action, onConfirm, onClose }: Props) {
	const { t } = useLocale()
	const [isBusy, setBusy] = useState(false)
	const confirm = async (): Promise<void> => {
		setBusy(true)
		await onConfirm()
		setBusy(false)
	}
	return (
		<Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('common.close') }}>
			<Text size="sm" mb="lg">
				{hint}
			</Text>
			<Group justify="flex-end">
				<Button variant="default" onClick={onClose} data-autofocus>
					{t('common.cancel')}
				</Button>
				<Button color="red.9" loading={isBusy} onClick={() => void confirm()}>
					{action}
				</Button>
			</Group>
		</Modal>
	)
}

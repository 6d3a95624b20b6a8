import { Button, FileButton, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconUpload } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, apiUrl } from '../../../shared/api/http'
import { resourceKey } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import type { ResourceRow } from '../../../shared/rest'

const BYTES_MAX = 20 * 1024 * 1024

/** The sound file of a prompt: hear the one in use, put another in its place. */
export function AudioFile({ row, onUploaded }: { row: ResourceRow | null; onUploaded: () => Promise<void> }) {
	const { t, format } = useLocale()
	const complain = useComplain()
	const queries = useQueryClient()
	const [stamp, setStamp] = useState<number | null>(null)
	const [isBusy, setBusy] = useState(false)
	if (!row)
		return (
			<Text size="sm" c="dimmed">
				{t('prompt.save_first')}
			</Text>
		)
	const hasAudio = stamp !== null || typeof row.audio_ms === 'number'
	const upload = async (file: File | null): Promise<void> => {
		if (!file) return
		if (file.size > BYTES_MAX) return void notifications.show({ color: 'red', message: t('prompt.too_large') })
		if (!/wav/.test(file.type) && !/\.wav$/i.test(file.name)) return void notifications.show({ color: 'red', message: t('prompt.wrong_type') })
		setBusy(true)
		try {
			await api.upload(`/prompts/${row.id}/audio`, file, 'audio/wav')
			setStamp(Date.now())
			notifications.show({ message: t('prompt.uploaded') })
			await onUploaded()
			await queries.invalidateQueries({ queryKey: resourceKey('prompts') })
		} catch (problem) {
			complain(problem)
		} finally {
			setBusy(false)
		}
	}
	return (
		<div style={{ display: 'grid', gap: 10, justifyItems: 'start' }}>
			{hasAudio && <audio controls preload="none" src={apiUrl(`/prompts/${row.id}/audio`, { v: stamp ?? row.version })} style={{ width: '100%' }} />}
			{typeof row.audio_ms === 'number' && (
				<Text size="sm" c="dimmed">
					{t('prompt.length', { time: format.duration(row.audio_ms) })}
				</Text>
			)}
			<FileButton accept="audio/wav,.wav" onChange={(file) => void upload(file)}>
				{(props) => (
					<Button {...props} variant="light" loading={isBusy} leftSection={<IconUpload size={17} />}>
						{t(hasAudio ? 'prompt.replace' : 'prompt.upload')}
					</Button>
				)}
			</FileButton>
		</div>
	)
}

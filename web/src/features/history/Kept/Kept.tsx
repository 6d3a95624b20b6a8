/** What may be done with a kept recording, by those with the right: put on legal hold, deleted. And what is left of a deleted one. */
import { Button } from '@mantine/core'
import { IconScale, IconTrash } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../../shared/api/http'
import { useNames } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import type { RecordingRow } from '../../../shared/rest'
import { useMay } from '../../../shared/session'
import { Confirm } from '../../../shared/ui/Confirm/Confirm'
import classes from './Kept.module.css'

/** Does it, says what went wrong, and has the contact read again. */
function useChange(): (change: () => Promise<unknown>) => Promise<void> {
	const complain = useComplain()
	const queries = useQueryClient()
	return async (change) => {
		try {
			await change()
			await queries.invalidateQueries({ queryKey: ['interactions'] })
		} catch (problem) {
			complain(problem)
		}
	}
}

export function KeptActions({ recording }: { recording: RecordingRow }) {
	const { t } = useLocale()
	const may = useMay()
	const change = useChange()
	const [isDeleting, setDeleting] = useState(false)
	const close = (): void => setDeleting(false)
	if (!may('erase_people') || recording.duration_ms === null) return null
	return (
		<div className={classes.actions}>
			<Button variant="subtle" size="compact-sm" leftSection={<IconScale size={16} />} onClick={() => void change(() => api.put(`/recordings/${recording.id}/hold`, { is_kept: !recording.is_kept }))}>
				{t(recording.is_kept ? 'player.release' : 'player.hold')}
			</Button>
			{!recording.is_held && (
				<Button variant="subtle" size="compact-sm" color="red" className={classes.delete} leftSection={<IconTrash size={16} />} onClick={() => setDeleting(true)}>
					{t('player.delete')}
				</Button>
			)}
			{isDeleting && <Confirm title={t('player.delete_title')} hint={t('player.delete_hint')} action={t('player.delete')} onConfirm={() => change(() => api.delete(`/recordings/${recording.id}`)).then(close)} onClose={close} />}
		</div>
	)
}

export function Deleted({ recording }: { recording: RecordingRow }) {
	const { t, format } = useLocale()
	const may = useMay()
	const users = useNames('users', may('read_config'))
	const at = format.dateTime(recording.deleted_at ?? 0)
	const name = recording.deleted_by ? users.get(recording.deleted_by) : undefined
	return (
		<p className={classes.deleted}>
			<IconTrash size={17} aria-hidden="true" />
			{recording.deleted_reason === 'retention' ? t('player.deleted_by_age', { at }) : name ? t('player.deleted_by', { name: `\u2068${name}\u2069`, at }) : t('player.deleted', { at })}
		</p>
	)
}

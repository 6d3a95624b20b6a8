/** Export and erase of all there is of a person, by customer or by number; for those who may. */
import { Button, Group, Modal, Skeleton, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconDownload, IconUserX } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, apiUrl } from '../../api/http'
import { useLocale } from '../../i18n/locale'
import { useComplain, useProblemText } from '../../problems'
import type { PersonErased, PersonFound } from '../../rest'
import { useMay } from '../../session'
import classes from './PersonActions.module.css'

interface Whom {
	customer?: string
	address?: string
}

/** Why this person cannot be erased now, as a key of our texts; null: nothing stands against it. */
export function obstacleOf(found: PersonFound): 'person.is_kept' | 'person.is_open' | 'person.is_shared' | null {
	if (found.is_kept) return 'person.is_kept'
	if (found.is_open) return 'person.is_open'
	return found.is_shared ? 'person.is_shared' : null
}

/** What has to be typed to confirm: the customer's name, or the address of somebody who is no customer. */
export function confirmOf(found: PersonFound, whom: Whom): string {
	return found.customers[0]?.name ?? whom.address ?? ''
}

function Confirm({ whom, found, onClose, onErased }: { whom: Whom; found: PersonFound; onClose: () => void; onErased?: () => void }) {
	const { t, format } = useLocale()
	const complain = useComplain()
	const queries = useQueryClient()
	const [typed, setTyped] = useState('')
	const [isBusy, setBusy] = useState(false)
	const name = confirmOf(found, whom)
	const obstacle = obstacleOf(found)
	const erase = async (): Promise<void> => {
		setBusy(true)
		try {
			await api.post<PersonErased>('/people/erase', { ...whom, confirm: name })
			await queries.invalidateQueries()
			notifications.show({ message: t('person.erased') })
			onClose()
			onErased?.()
		} catch (problem) {
			complain(problem)
		} finally {
			setBusy(false)
		}
	}
	return (
		<>
			<Text size="sm" mb="sm">
				{t('person.found', { contacts: format.number(found.contacts), recordings: format.number(found.recordings) })}
			</Text>
			<Text size="sm" c="dimmed" mb="md">
				{obstacle ? t(obstacle) : t('person.erase_hint')}
			</Text>
			{!obstacle && (
				<TextInput label={t('person.confirm', { name: `\u2068${name}\u2069` })} dir="auto" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} mb="lg" data-autofocus />
			)}
			<Group justify="flex-end">
				<Button variant="default" onClick={onClose}>
					{t('common.cancel')}
				</Button>
				<Button color="red.9" loading={isBusy} disabled={obstacle !== null || typed.trim() !== name} onClick={() => void erase()}>
					{t('person.erase')}
				</Button>
			</Group>
		</>
	)
}

function Erase({ whom, onClose, onErased }: { whom: Whom; onClose: () => void; onErased?: () => void }) {
	const { t } = useLocale()
	const text = useProblemText()
	const { data, error, isPending } = useQuery({
		queryKey: ['people', whom],
		queryFn: ({ signal }) => api.get<PersonFound>('/people', { ...whom }, signal),
		retry: false,
		staleTime: 0,
	})
	const name = data ? confirmOf(data, whom) : (whom.address ?? '')
	return (
		<Modal opened onClose={onClose} title={t('person.erase_title', { name: `\u2068${name}\u2069` })} closeButtonProps={{ 'aria-label': t('common.close') }}>
			{isPending && <Skeleton height={120} />}
			{error && <Text size="sm">{text(error)}</Text>}
			{data && <Confirm whom={whom} found={data} onClose={onClose} onErased={onErased} />}
		</Modal>
	)
}

export function PersonActions({ customer, address, onErased }: Whom & { onErased?: () => void }) {
	const { t } = useLocale()
	const may = useMay()
	const [isErasing, setErasing] = useState(false)
	const whom: Whom = customer ? { customer } : { address }
	if (!may('erase_people')) return null
	return (
		<>
			<Button component="a" href={apiUrl('/people/export', { ...whom })} download="person.json" variant="subtle" leftSection={<IconDownload size={17} />}>
				{t('person.export')}
			</Button>
			<Button variant="subtle" color="red" className={classes.erase} leftSection={<IconUserX size={17} />} onClick={() => setErasing(true)}>
				{t('person.erase')}
			</Button>
			{isErasing && <Erase whom={whom} onClose={() => setErasing(false)} onErased={onErased} />}
		</>
	)
}

/** The legal hold of one contact. */
export function Keep({ interaction, isKept }: { interaction: string; isKept: boolean }) {
	const { t } = useLocale()
	const may = useMay()
	const complain = useComplain()
	const queries = useQueryClient()
	if (!may('erase_people')) return null
	const change = async (): Promise<void> => {
		try {
			await api.put(`/interactions/${interaction}/keep`, { is_kept: !isKept })
			await queries.invalidateQueries({ queryKey: ['interactions'] })
		} catch (problem) {
			complain(problem)
		}
	}
	return (
		<Button variant="default" onClick={() => void change()}>
			{t(isKept ? 'person.release' : 'person.keep')}
		</Button>
	)
}

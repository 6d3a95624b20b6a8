/** Outcome and notes of a contact, the same in the call and in wrap-up; the draft survives the step between them. */
import { Select, Textarea } from '@mantine/core'
import { useEffect, useSyncExternalStore } from 'react'
import { useRows, labelOf } from '../../../shared/api/queries'
import { ask } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import { makeStore } from '../../../shared/store'
import classes from './Notes.module.css'

export interface Draft {
	interaction: string
	disposition: string | null
	notes: string
	isSaved: boolean
}

const SAVE_AFTER_MS = 1500
export const NOTES_MAX = 4000
/** By contact: an agent may write in several at once. */
const drafts = makeStore<Record<string, Draft>>({})
const put = (draft: Draft): void => drafts.set({ ...drafts.get(), [draft.interaction]: draft })

export function useDraft(interaction: string, kept: { disposition?: string | null; notes?: string | null }): [Draft, (change: Partial<Draft>) => void] {
	const current = useSyncExternalStore(drafts.watch, drafts.get)
	const fresh: Draft = { interaction, disposition: kept.disposition ?? null, notes: kept.notes ?? '', isSaved: true }
	const draft = current[interaction] ?? fresh
	const change = (part: Partial<Draft>): void => put({ ...draft, isSaved: false, ...part })
	return [draft, change]
}

/** Sends the draft a moment after the last key, so that nothing is lost when wrap-up runs out. */
function useAutosave(draft: Draft): void {
	useEffect(() => {
		if (draft.isSaved) return
		const timer = window.setTimeout(() => {
			const { interaction, disposition, notes } = draft
			void ask('notes.save', { interaction, disposition, notes })
				.then(() => {
					if (drafts.get()[interaction] === draft) put({ ...draft, isSaved: true })
				})
				.catch(() => undefined)
		}, SAVE_AFTER_MS)
		return () => window.clearTimeout(timer)
	}, [draft])
}

interface Props {
	draft: Draft
	onChange: (change: Partial<Draft>) => void
	dispositions?: { id: string; name: string }[]
	isRequired?: boolean
	isAutoFocused?: boolean
}

export function Notes({ draft, onChange, dispositions, isRequired, isAutoFocused }: Props) {
	const { t } = useLocale()
	const all = useRows('dispositions', !dispositions)
	const list = dispositions ?? (all.data ?? []).map((row) => ({ id: row.id, name: labelOf(row) }))
	useAutosave(draft)
	return (
		<div className={classes.notes}>
			<Select
				label={t('wrap_up.disposition')}
				placeholder={t('wrap_up.choose')}
				data={list.map((d) => ({ value: d.id, label: d.name }))}
				value={draft.disposition}
				onChange={(disposition) => onChange({ disposition })}
				searchable={list.length > 7}
				clearable={!isRequired}
				withAsterisk={isRequired}
				autoFocus={isAutoFocused}
				clearButtonProps={{ 'aria-label': t('common.clear') }}
			/>
			<Textarea
				label={t('wrap_up.notes')}
				placeholder={t('wrap_up.notes_hint')}
				classNames={{ root: classes.text, wrapper: classes.area, input: classes.area }}
				maxLength={NOTES_MAX}
				value={draft.notes}
				onChange={(e) => onChange({ notes: e.currentTarget.value })}
				description={draft.notes ? (draft.isSaved ? t('wrap_up.saved') : t('wrap_up.saving')) : undefined}
				inputWrapperOrder={['label', 'input', 'description']}
			/>
		</div>
	)
}

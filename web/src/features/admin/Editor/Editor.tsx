/** The form of one row: groups of fields, complaints at their field, save, delete. */
import { Button, Group, Modal, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconTrash } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, Problem } from '../../../shared/api/http'
import { labelOf, resourceKey } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain, useEntryText } from '../../../shared/problems'
import type { ResourceRow } from '../../../shared/rest'
import { PersonActions } from '../../../shared/people/PersonActions/PersonActions'
import { useMay } from '../../../shared/session'
import { CapacityGrid } from '../CapacityGrid/CapacityGrid'
import { FieldInput } from '../fields/FieldInput'
import { TrunkState } from '../TrunkState/TrunkState'
import { changesOf, type Field, type Section, type Spec, type Values } from '../specs'
import classes from './Editor.module.css'

const WIDE = new Set(['spans', 'holidays', 'code', 'skills', 'texts', 'long', 'refs', 'list', 'choices', 'audio', 'rings', 'expression', 'rule'])
/** A form with so many groups gets a list of them at its side. */
const NAV_FROM = 6

function initial(spec: Spec, row: ResourceRow | null): Values {
	if (!row) return { ...spec.fresh }
	const known = spec.sections.flatMap((s) => s.fields.map((f) => f.name))
	return Object.fromEntries(known.filter((name) => name in row).map((name) => [name, row[name]]))
}

/** Brings a complaint in sight, once it is drawn. */
function showField(name: string | undefined): void {
	if (name) requestAnimationFrame(() => document.querySelector(`[data-field="${name}"]`)?.scrollIntoView({ block: 'center' }))
}

/** Values, complaints and saving of one row. */
export function useForm(spec: Spec, opened: ResourceRow | null, onSaved: (row: ResourceRow) => void) {
	const { t } = useLocale()
	const complain = useComplain()
	const entryText = useEntryText()
	const queries = useQueryClient()
	const [row, setRow] = useState(opened)
	const [start, setStart] = useState(() => initial(spec, row))
	const [values, setValues] = useState(start)
	const [errors, setErrors] = useState<Record<string, string>>({})
	const [isBusy, setBusy] = useState(false)
	const isChanged = JSON.stringify(values) !== JSON.stringify(start)
	const set = (name: string, value: unknown): void => {
		setValues((old) => ({ ...old, [name]: value, ...spec.follow?.(name, value) }))
		setErrors((old) => Object.fromEntries(Object.entries(old).filter(([at]) => at !== name && !at.startsWith(`${name}/`))))
	}
	const refuse = (problem: unknown): void => {
		if (!(problem instanceof Problem) || problem.errors.length === 0) return complain(problem)
		const marked: Record<string, string> = {}
		for (const entry of problem.errors) {
			const field = entry.pointer.split('/')[1] ?? ''
			marked[field] = marked[field] ?? entryText(entry)
			// "rings/1/after_s": for fields that can say more exactly where.
			marked[entry.pointer.slice(1)] = marked[entry.pointer.slice(1)] ?? entryText(entry)
		}
		setErrors(marked)
		const known = spec.sections.flatMap((s) => s.fields.map((f) => f.name))
		showField(known.find((name) => marked[name]))
		const hidden = Object.entries(marked).find(([field]) => !known.includes(field.split('/')[0] ?? ''))
		notifications.show({ color: 'red', message: hidden ? hidden[1] : t('error.invalid') })
	}
	/** Somebody else changed the row meanwhile: what was changed here is laid over what it is now. */
	const refresh = async (): Promise<void> => {
		if (!row) return
		const now = await api.get<ResourceRow>(`/${spec.resource}/${row.id}`)
		const ours = Object.fromEntries(Object.entries(values).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(start[name])))
		setRow(now)
		setStart(initial(spec, now))
		setValues({ ...initial(spec, now), ...ours })
	}
	const isOvertaken = (problem: unknown): boolean => row !== null && problem instanceof Problem && problem.code === 'conflict' && problem.errors.every((entry) => !entry.pointer)
	const save = async (): Promise<void> => {
		setBusy(true)
		try {
			const changes = changesOf(values, row)
			const saved = row ? await api.patch<ResourceRow>(`/${spec.resource}/${row.id}`, changes, row.version) : await api.post<ResourceRow>(`/${spec.resource}`, changes)
			await queries.invalidateQueries({ queryKey: resourceKey(spec.resource) })
			notifications.show({ message: t('common.saved') })
			setStart(values)
			onSaved(saved)
		} catch (problem) {
			if (!isOvertaken(problem)) return refuse(problem)
			await refresh().catch(complain)
			notifications.show({ color: 'yellow', message: t('admin.overtaken'), autoClose: 12_000 })
		} finally {
			setBusy(false)
		}
	}
	return { row, values, errors, isBusy, isChanged, set, save, refresh }
}

function errorsBelow(errors: Record<string, string>, name: string): Record<string, string> {
	const below = Object.entries(errors).filter(([at]) => at.startsWith(`${name}/`))
	return Object.fromEntries(below.map(([at, words]) => [at.slice(name.length + 1), words]))
}

/** The fields to be seen now: those whose condition holds and which the server's rows have. Secrets never come with a row. */
function fieldsOf(section: Section, { row, values }: { row: ResourceRow | null; values: Values }): Field[] {
	return section.fields.filter((field) => (!row || field.kind === 'secret' || field.name in row) && (!field.when || field.when(values)))
}

function SectionFields({ section, form, isOne }: { section: Section; form: ReturnType<typeof useForm>; isOne: boolean }) {
	const { t } = useLocale()
	const shown = fieldsOf(section, form)
	return (
		<fieldset className={classes.section} id={`section-${section.title}`}>
			{!isOne && <legend className={classes.legend}>{t(section.title)}</legend>}
			{section.hint && <p className={classes.hint}>{t(section.hint)}</p>}
			{section.layout === 'capacity' ? (
				<CapacityGrid fields={section.fields} values={form.values} errors={form.errors} onChange={form.set} />
			) : (
				<div className={classes.fields}>
					{shown.map((field) => (
						<div key={field.name} className={classes.field} data-field={field.name} data-kind={field.kind} data-wide={WIDE.has(field.kind) || isOne || undefined}>
							<FieldInput
								field={field}
								row={form.row}
								value={form.values[field.name]}
								error={form.errors[field.name]}
								errorsBelow={errorsBelow(form.errors, field.name)}
								onChange={(value) => form.set(field.name, value)}
								onRow={form.refresh}
							/>
						</div>
					))}
				</div>
			)}
		</fieldset>
	)
}

function Nav({ sections, errors }: { sections: Section[]; errors: Record<string, string> }) {
	const { t } = useLocale()
	const go = (section: Section): void => {
		const target = document.getElementById(`section-${section.title}`)
		target?.scrollIntoView({ block: 'start' })
		target?.querySelector<HTMLElement>('input, textarea, button')?.focus({ preventScroll: true })
	}
	return (
		<nav className={classes.nav} aria-label={t('admin.sections')}>
			{sections.map((section) => (
				<button key={section.title} type="button" className={classes.jump} data-wrong={section.fields.some((f) => errors[f.name]) || undefined} onClick={() => go(section)}>
					{t(section.title)}
				</button>
			))}
		</nav>
	)
}

export function Fields({ spec, form }: { spec: Spec; form: ReturnType<typeof useForm> }) {
	const isOne = spec.sections.length === 1
	const filled = spec.sections.filter((section) => fieldsOf(section, form).length > 0)
	const sections = filled.map((section) => <SectionFields key={section.title} section={section} form={form} isOne={isOne} />)
	if (spec.sections.length < NAV_FROM) return sections
	return (
		<div className={classes.layout}>
			<Nav sections={filled} errors={form.errors} />
			<div className={classes.sections}>{sections}</div>
		</div>
	)
}

export function Remove({ spec, row, onDone, onOvertaken }: { spec: Spec; row: ResourceRow; onDone: () => void; onOvertaken: () => Promise<void> }) {
	const { t } = useLocale()
	const complain = useComplain()
	const queries = useQueryClient()
	const [isAsking, setAsking] = useState(false)
	const remove = async (): Promise<void> => {
		setAsking(false)
		try {
			await api.delete(`/${spec.resource}/${row.id}`, row.version)
			await queries.invalidateQueries({ queryKey: resourceKey(spec.resource) })
			notifications.show({ message: t('admin.deleted') })
			onDone()
		} catch (problem) {
			if (problem instanceof Problem && problem.code === 'conflict') await onOvertaken().catch(() => undefined)
			complain(problem)
		}
	}
	return (
		<>
			<Button variant="subtle" color="red" className={classes.remove} leftSection={<IconTrash size={17} />} onClick={() => setAsking(true)}>
				{t('common.delete')}
			</Button>
			<Modal opened={isAsking} onClose={() => setAsking(false)} title={t('admin.delete_title', { name: labelOf(row) })} closeButtonProps={{ 'aria-label': t('common.close') }}>
				<Text size="sm" c="dimmed" mb="lg">
					{t('admin.delete_hint')}
				</Text>
				<Group justify="flex-end">
					<Button variant="default" onClick={() => setAsking(false)}>
						{t('common.cancel')}
					</Button>
					<Button color="red.9" onClick={() => void remove()}>
						{t('common.delete')}
					</Button>
				</Group>
			</Modal>
		</>
	)
}

export function Unsaved({ onKeep, onDiscard }: { onKeep: () => void; onDiscard: () => void }) {
	const { t } = useLocale()
	return (
		<Modal opened onClose={onKeep} title={t('admin.unsaved')} closeButtonProps={{ 'aria-label': t('common.close') }}>
			<Group justify="flex-end">
				<Button variant="default" onClick={onDiscard}>
					{t('admin.unsaved_discard')}
				</Button>
				<Button data-autofocus onClick={onKeep}>
					{t('admin.unsaved_keep')}
				</Button>
			</Group>
		</Modal>
	)
}

interface EditorProps {
	spec: Spec
	row: ResourceRow | null
	onClose: () => void
	onSaved: (row: ResourceRow) => void
}

export function Editor({ spec, row: opened, onClose, onSaved }: EditorProps) {
	const { t } = useLocale()
	const may = useMay()
	const form = useForm(spec, opened, onSaved)
	const { row } = form
	const [isAsking, setAsking] = useState(false)
	const close = (): void => (form.isChanged ? setAsking(true) : onClose())
	const submit = (event: FormEvent): void => {
		event.preventDefault()
		void form.save()
	}
	const isWide = ['flows', 'hours', 'business-rules'].includes(spec.resource) || spec.sections.length >= NAV_FROM
	const title = row ? labelOf(row) : `${t('admin.new')} · ${t(`resource.${spec.resource}` as 'resource.queues')}`
	return (
		<Modal opened onClose={close} size={isWide ? 1120 : 760} title={<bdi className={classes.title}>{title}</bdi>} closeButtonProps={{ 'aria-label': t('common.close') }}>
			<form onSubmit={submit} noValidate>
				{row && spec.resource === 'trunks' && <TrunkState id={row.id} mayTest={may(spec.permission)} />}
				<Fields spec={spec} form={form} />
				<div className={classes.foot}>
					{row && may(spec.permission) && <Remove spec={spec} row={row} onDone={onClose} onOvertaken={form.refresh} />}
					{row && spec.resource === 'customers' && <PersonActions customer={row.id} onErased={onClose} />}
					<span className={classes.space} />
					<Button variant="default" onClick={close}>
						{t('common.cancel')}
					</Button>
					<Button type="submit" loading={form.isBusy} disabled={!may(spec.permission) || (row !== null && !form.isChanged)}>
						{t('common.save')}
					</Button>
				</div>
			</form>
			{isAsking && <Unsaved onKeep={() => setAsking(false)} onDiscard={onClose} />}
		</Modal>
	)
}

/** One field of a form, by its kind. */
import { Checkbox, Group, MultiSelect, NumberInput, PasswordInput, Select, Switch, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useMemo } from 'react'
import { labelOf, useRows } from '../../../shared/api/queries'
import { asciiDigits } from '../../../shared/format'
import { useLocale } from '../../../shared/i18n/locale'
import type { Key } from '../../../shared/i18n/en'
import type { ResourceRow } from '../../../shared/rest'
import { Holidays } from '../HoursEditor/Holidays'
import { Week } from '../HoursEditor/Week'
import type { Holiday, Span } from '../HoursEditor/spans'
import { FlowDocument } from '../FlowEditor/FlowDocument'
import type { Choices, Field } from '../specs'
import { AudioFile } from './AudioFile'
import { Skills } from './Skills'
import { Texts } from './Texts'

interface Props {
	field: Field
	row: ResourceRow | null
	value: unknown
	error?: string
	onChange: (value: unknown) => void
	/** The row itself was changed by the field (a file was put in place): it is to be read anew. */
	onRow: () => Promise<void>
}

function useChoices(of: Choices): { value: string; label: string }[] {
	const { tryKey } = useLocale()
	return of.values.map((value) => ({ value, label: of.words ? (tryKey(`${of.words}.${value}`) ?? value) : value.toUpperCase() }))
}

function Chosen({ of, ...props }: { of: Choices; label: string; error?: string; description?: string; value: string | null; onChange: (v: string | null) => void }) {
	return <Select data={useChoices(of)} allowDeselect={false} {...props} />
}

function ChosenMany({ of, label, error, value, onChange }: { of: Choices; label: string; error?: string; value: string[]; onChange: (v: string[]) => void }) {
	const choices = useChoices(of)
	return (
		<Checkbox.Group label={label} error={error} value={value} onChange={onChange}>
			<Group mt={6} gap="lg">
				{choices.map((c) => (
					<Checkbox key={c.value} value={c.value} label={c.label} />
				))}
			</Group>
		</Checkbox.Group>
	)
}

function useOptions(ref: string): { value: string; label: string }[] {
	const { data } = useRows(ref)
	return useMemo(() => (data ?? []).map((r) => ({ value: r.id, label: labelOf(r) })), [data])
}

function Reference({ ref_, ...props }: { ref_: string; label: string; error?: string; description?: string; value: string | null; onChange: (v: string | null) => void }) {
	const { t } = useLocale()
	return <Select data={useOptions(ref_)} searchable clearable clearButtonProps={{ 'aria-label': t('common.clear') }} placeholder={t('common.none')} nothingFoundMessage={t('common.nobody_found')} {...props} />
}

function References({ ref_, ...props }: { ref_: string; label: string; error?: string; description?: string; value: string[]; onChange: (v: string[]) => void }) {
	const { t } = useLocale()
	return <MultiSelect data={useOptions(ref_)} searchable clearable hidePickedOptions clearButtonProps={{ 'aria-label': t('common.clear') }} placeholder={props.value.length ? undefined : t('admin.choose')} nothingFoundMessage={t('common.nobody_found')} {...props} />
}

export const UNITS: Record<'seconds' | 'milliseconds' | 'percent', Key> = { seconds: 'admin.seconds', milliseconds: 'admin.milliseconds', percent: 'admin.percent' }

function asText(value: unknown): string {
	return typeof value === 'string' ? value : ''
}

function asTexts(value: unknown): string[] {
	return Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : []
}

/** Whole numbers, typed with any digits. */
function WholeNumber({ field, label, description, error, value, onChange }: { field: Extract<Field, { kind: 'number' }>; label: string; description?: string; error?: string; value: unknown; onChange: (v: unknown) => void }) {
	const { t } = useLocale()
	return (
		<NumberInput
			name={field.name}
			label={label}
			description={description}
			error={error}
			min={field.min}
			max={field.max}
			allowDecimal={false}
			hideControls
			value={typeof value === 'number' ? value : ''}
			rightSection={field.unit ? <span style={{ color: 'var(--mz-dim)', fontSize: 13 }}>{t(UNITS[field.unit])}</span> : undefined}
			rightSectionWidth={44}
			onBeforeInput={(event) => {
				const typed = (event.nativeEvent as InputEvent).data ?? ''
				const ascii = asciiDigits(typed)
				if (ascii === typed || !/^\d+$/.test(ascii)) return
				event.preventDefault()
				onChange(Number(`${typeof value === 'number' ? value : ''}${ascii}`))
			}}
			onChange={(next) => onChange(next === '' ? null : Number(next))}
		/>
	)
}

function Zone({ label, description, error, value, onChange }: { label: string; description?: string; error?: string; value: unknown; onChange: (v: unknown) => void }) {
	const zones = useMemo(() => ['UTC', ...Intl.supportedValuesOf('timeZone')], [])
	const current = asText(value)
	return <Select label={label} description={description} error={error} searchable limit={60} data={zones.includes(current) || !current ? zones : [current, ...zones]} value={current || null} onChange={onChange} />
}

export function FieldInput({ field, row, value, error, onChange, onRow }: Props) {
	const { t, tryKey } = useLocale()
	const label = tryKey(`field.${field.name}`) ?? field.name
	const description = field.help ? t(field.help) : undefined
	const common = { label, description, error, name: field.name }
	const required = field.isRequired ? { required: true } : {}
	switch (field.kind) {
		case 'text':
			return <TextInput {...common} {...required} value={asText(value)} onChange={(e) => onChange(e.currentTarget.value || (field.isRequired ? '' : null))} />
		case 'long':
			return <Textarea {...common} autosize minRows={2} maxRows={10} value={asText(value)} onChange={(e) => onChange(e.currentTarget.value || null)} />
		case 'secret':
			return (
				<PasswordInput
					{...common}
					autoComplete="new-password"
					placeholder={row?.[`has_${field.name}`] === true ? t('admin.secret_kept') : undefined}
					visibilityToggleButtonProps={{ 'aria-label': t('login.show_password') }}
					value={asText(value)}
					onChange={(e) => onChange(e.currentTarget.value || undefined)}
				/>
			)
		case 'number':
			return <WholeNumber field={field} label={label} description={description} error={error} value={value} onChange={onChange} />
		case 'bool':
			return <Switch {...common} checked={value === true} onChange={(e) => onChange(e.currentTarget.checked)} />
		case 'choice':
			return <Chosen of={field.of} {...common} value={asText(value) || null} onChange={onChange} />
		case 'choices':
			return <ChosenMany of={field.of} label={label} error={error} value={asTexts(value)} onChange={onChange} />
		case 'ref':
			return <Reference ref_={field.ref} {...common} value={asText(value) || null} onChange={onChange} />
		case 'refs':
			return <References ref_={field.ref} {...common} value={asTexts(value)} onChange={onChange} />
		case 'list':
			return <TagsInput {...common} clearable={false} value={asTexts(value)} onChange={onChange} />
		case 'zone':
			return <Zone {...common} value={value} onChange={onChange} />
		case 'skills':
			return <Skills label={label} help={description} value={Array.isArray(value) ? value : []} onChange={onChange} />
		case 'texts':
			return <Texts label={label} error={error} value={(value ?? {}) as Record<string, string>} onChange={onChange} />
		case 'audio':
			return <AudioFile row={row} onUploaded={onRow} />
		case 'spans':
			return <Week spans={(value ?? []) as Span[]} error={error} onChange={onChange} />
		case 'holidays':
			return <Holidays holidays={(value ?? []) as Holiday[]} error={error} onChange={onChange} />
		case 'code':
			return <FlowDocument document={value} error={error} onChange={onChange} />
	}
}

/** One field of a form, by its kind. */
import { Checkbox, Group, PasswordInput, Select, Switch, TagsInput, Text, Textarea, TextInput } from '@mantine/core'
import { useMemo } from 'react'
import { useLocale } from '../../../shared/i18n/locale'
import type { ResourceRow } from '../../../shared/rest'
import { Holidays } from '../HoursEditor/Holidays'
import { Week } from '../HoursEditor/Week'
import type { Holiday, Span } from '../HoursEditor/spans'
import { FlowDocument } from '../FlowEditor/FlowDocument'
import { RuleText } from '../RuleEditor/RuleText'
import type { Choices, Field } from '../specs'
import { AudioFile } from './AudioFile'
import { Expression } from './Expression'
import { Reference, References } from './References'
import { asRings, Rings } from './Rings'
import { Skills } from './Skills'
import { Texts } from './Texts'
import { WholeNumber } from './WholeNumber'

interface Props {
	field: Field
	row: ResourceRow | null
	value: unknown
	error?: string
	/** Complaints inside the field, by the rest of their pointer ("1/after_s"). */
	errorsBelow: Record<string, string>
	onChange: (value: unknown) => void
	/** The row itself was changed by the field (a file was put in place): it is to be read anew. */
	onRow: () => Promise<void>
}

function useChoices(of: Choices): { value: string; label: string }[] {
	const { tryKey } = useLocale()
	return of.values.map((value) => ({ value, label: of.words ? (tryKey(`${of.words}.${value}`) ?? value) : value.toUpperCase() }))
}

/** One of a few; what the chosen one means stands under it. */
function Chosen({ of, description, ...props }: { of: Choices; label: string; error?: string; description?: string; value: string | null; onChange: (v: string | null) => void }) {
	const { tryKey } = useLocale()
	const hint = of.hints ? tryKey(`${of.hints}.${props.value}`) : null
	const renderOption = ({ option }: { option: { value: string; label: string } }) => (
		<div>
			{option.label}
			<Text size="xs" c="dimmed">
				{tryKey(`${of.hints}.${option.value}`)}
			</Text>
		</div>
	)
	return <Select data={useChoices(of)} allowDeselect={false} maxDropdownHeight={380} renderOption={of.hints ? renderOption : undefined} description={hint ?? description} {...props} />
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

function asText(value: unknown): string {
	return typeof value === 'string' ? value : ''
}

function asTexts(value: unknown): string[] {
	return Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : []
}

function Zone({ label, description, error, value, onChange }: { label: string; description?: string; error?: string; value: unknown; onChange: (v: unknown) => void }) {
	const zones = useMemo(() => ['UTC', ...Intl.supportedValuesOf('timeZone')], [])
	const current = asText(value)
	return <Select label={label} description={description} error={error} searchable limit={60} data={zones.includes(current) || !current ? zones : [current, ...zones]} value={current || null} onChange={onChange} />
}

export function FieldInput({ field, row, value, error, errorsBelow, onChange, onRow }: Props) {
	const { t, tryKey } = useLocale()
	const label = (field.label && tryKey(field.label)) ?? tryKey(`field.${field.name}`) ?? field.name
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
			return <WholeNumber {...common} min={field.min} max={field.max} unit={field.unit} value={value} onChange={onChange} />
		case 'bool':
			return <Switch {...common} checked={value === true} onChange={(e) => onChange(e.currentTarget.checked)} />
		case 'choice':
			return <Chosen of={field.of} {...common} value={asText(value) || null} onChange={onChange} />
		case 'choices':
			return <ChosenMany of={field.of} label={label} error={error} value={asTexts(value)} onChange={onChange} />
		case 'ref':
			return <Reference ref_={field.ref} {...common} value={asText(value) || null} onChange={onChange} />
		case 'refs':
			return <References ref_={field.ref} max={field.max} {...common} value={asTexts(value)} onChange={onChange} />
		case 'list':
			return <TagsInput {...common} clearable={false} value={asTexts(value)} onChange={onChange} />
		case 'zone':
			return <Zone {...common} value={value} onChange={onChange} />
		case 'skills':
			return <Skills label={label} help={description} value={Array.isArray(value) ? value : []} onChange={onChange} />
		case 'rule':
			return <RuleText label={label} name={field.name} error={error} text={asText(value)} onChange={onChange} />
		case 'expression':
			return <Expression {...common} value={asText(value)} onChange={onChange} />
		case 'rings':
			return <Rings label={label} error={error} errors={errorsBelow} rings={asRings(value)} onChange={onChange} />
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

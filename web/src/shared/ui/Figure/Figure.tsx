import { Popover, UnstyledButton } from '@mantine/core'
import { IconHelpCircle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/http'
import { useLocale } from '../../i18n/locale'
import classes from './Figure.module.css'

interface Props {
	label: string
	value: string
	/** The figure's name in the API: opens its definition. */
	name?: string
	tone?: 'good' | 'wait' | 'bad'
	hint?: string
}

/** One number, large, with "how is this counted?" behind the label. */
export function Figure({ label, value, name, tone, hint }: Props) {
	return (
		<div className={classes.figure}>
			<div className={classes.label}>
				<span>{label}</span>
				{name && <Definition name={name} label={label} />}
			</div>
			<div className={`${classes.value} mz-num`} data-tone={tone}>
				{value}
			</div>
			{hint && <div className={classes.hint}>{hint}</div>}
		</div>
	)
}

export function Definition({ name, label }: { name: string; label: string }) {
	const { t, tryKey } = useLocale()
	const ours = tryKey(`definition.${name}`)
	const [isOpen, setOpen] = useState(false)
	const { data, isError } = useQuery({
		queryKey: ['kpi-definitions'],
		queryFn: () => api.get<Record<string, string>>('/kpis/definitions'),
		enabled: isOpen && ours === null,
		staleTime: Infinity,
	})
	const text = ours ?? data?.[name] ?? (isError ? t('error.unavailable') : data ? t('figure.no_definition') : t('common.loading'))
	return (
		<Popover opened={isOpen} onChange={setOpen} width={320} withArrow shadow="md" position="bottom">
			<Popover.Target>
				<UnstyledButton className={classes.how} aria-label={`${t('figure.how')} ${label}`} onClick={() => setOpen(!isOpen)}>
					<IconHelpCircle size={15} />
				</UnstyledButton>
			</Popover.Target>
			<Popover.Dropdown>
				<p className={classes.how_title}>{t('figure.how')}</p>
				<p className={classes.definition} dir="auto">
					{text}
				</p>
			</Popover.Dropdown>
		</Popover>
	)
}

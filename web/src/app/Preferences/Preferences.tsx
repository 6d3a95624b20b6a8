/** How this person wants to see the screens: language, calendar, digits, colours; and their password. */
import { Button, Group, Modal, PasswordInput, SegmentedControl, Select, Stack, Text, useMantineColorScheme } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { CALENDARS, DIGITS, Format, type Language, LANGUAGES, usualCalendar, usualDigits } from '../../shared/format'
import { LANGUAGE_NAMES, useLocale } from '../../shared/i18n/locale'
import { useComplain } from '../../shared/problems'
import { changeMe } from '../../shared/session'

type Theme = 'light' | 'dark' | 'auto'
const THEMES: Theme[] = ['light', 'dark', 'auto']

function Appearance() {
	const { t, preferences, setPreferences } = useLocale()
	const { colorScheme, setColorScheme } = useMantineColorScheme()
	const complain = useComplain()
	const keep = (change: Record<string, string>): void => void changeMe(change).catch(complain)
	const choose = (next: typeof preferences): void => {
		setPreferences(next)
		keep({ language: next.language, calendar: next.calendar, digits: next.digits })
	}
	const sample = new Format(preferences)
	const now = Date.now()
	return (
		<Stack gap="sm">
			<Select
				label={t('preferences.language')}
				data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
				value={preferences.language}
				allowDeselect={false}
				onChange={(value) => {
					const language = value as Language
					choose({ language, calendar: usualCalendar(language), digits: usualDigits(language) })
				}}
			/>
			<Group grow>
				<Select
					label={t('preferences.calendar')}
					data={CALENDARS.map((value) => ({ value, label: t(`calendar.${value}`) }))}
					value={preferences.calendar}
					allowDeselect={false}
					onChange={(calendar) => choose({ ...preferences, calendar: calendar as typeof preferences.calendar })}
				/>
				<Select
					label={t('preferences.digits')}
					data={DIGITS.map((value) => ({ value, label: `${t(`digits.${value}`)} ${new Format({ ...preferences, digits: value }).digits('123')}` }))}
					value={preferences.digits}
					allowDeselect={false}
					onChange={(digits) => choose({ ...preferences, digits: digits as typeof preferences.digits })}
				/>
			</Group>
			<Text size="sm" c="dimmed">
				{sample.longDate(now)} · {sample.time(now)} · {sample.duration(754_000)}
			</Text>
			<div>
				<Text size="sm" fw={500} mb={4} id="theme-label">
					{t('preferences.theme')}
				</Text>
				<SegmentedControl
					fullWidth
					aria-labelledby="theme-label"
					data={THEMES.map((value) => ({ value, label: t(`theme.${value}`) }))}
					value={colorScheme}
					onChange={(value) => {
						setColorScheme(value as Theme)
						keep({ theme: value })
					}}
				/>
			</div>
		</Stack>
	)
}

function Password() {
	const { t } = useLocale()
	const complain = useComplain()
	const [current, setCurrent] = useState('')
	const [next, setNext] = useState('')
	const change = async (): Promise<void> => {
		try {
			await changeMe({ current_password: current, password: next })
			setCurrent('')
			setNext('')
			notifications.show({ message: t('preferences.password_changed') })
		} catch (error) {
			complain(error)
		}
	}
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault()
				void change()
			}}
		>
			<Stack gap="sm">
				<Text fw={600}>{t('preferences.password')}</Text>
				<PasswordInput
					label={t('preferences.current_password')}
					autoComplete="current-password"
					value={current}
					onChange={(e) => setCurrent(e.currentTarget.value)}
				/>
				<PasswordInput
					label={t('preferences.new_password')}
					autoComplete="new-password"
					value={next}
					onChange={(e) => setNext(e.currentTarget.value)}
				/>
				<Button type="submit" variant="default" disabled={!current || !next}>
					{t('preferences.change_password')}
				</Button>
			</Stack>
		</form>
	)
}

export function Preferences({ onClose }: { onClose: () => void }) {
	const { t } = useLocale()
	return (
		<Modal opened onClose={onClose} title={t('menu.preferences')} size="lg" closeButtonProps={{ 'aria-label': t('common.close') }}>
			<Stack gap="xl">
				<Appearance />
				<Password />
			</Stack>
		</Modal>
	)
}

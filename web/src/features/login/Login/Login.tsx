import { Button, PasswordInput, TextInput, UnstyledButton } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { type Language, usualCalendar, usualDigits } from '../../../shared/format'
import { LANGUAGE_NAMES, LANGUAGES, useLocale } from '../../../shared/i18n/locale'
import { useProblemText } from '../../../shared/problems'
import { Problem } from '../../../shared/api/http'
import { changeMe, signIn } from '../../../shared/session'
import { Wordmark } from '../../../shared/ui/Logo/Logo'
import classes from './Login.module.css'

function Languages({ onChoose }: { onChoose: () => void }) {
	const { t, preferences, setPreferences } = useLocale()
	const choose = (language: Language): void => {
		onChoose()
		setPreferences({ language, calendar: usualCalendar(language), digits: usualDigits(language) })
	}
	return (
		<div className={classes.languages} role="group" aria-label={t('preferences.language')}>
			{LANGUAGES.map((language) => (
				<UnstyledButton
					key={language}
					className={classes.language}
					lang={language}
					aria-pressed={language === preferences.language}
					onClick={() => choose(language)}
				>
					{LANGUAGE_NAMES[language]}
				</UnstyledButton>
			))}
		</div>
	)
}

export function Login() {
	const { t, preferences } = useLocale()
	const text = useProblemText()
	const [isChosen, setChosen] = useState(false)
	const [login, setLogin] = useState('')
	const [password, setPassword] = useState('')
	const [error, setError] = useState<string | null>(null)
	const [isBusy, setBusy] = useState(false)
	const submit = async (event: FormEvent): Promise<void> => {
		event.preventDefault()
		setBusy(true)
		setError(null)
		try {
			await signIn(login.trim(), password)
			// A language chosen at the door is meant to stay.
			if (isChosen) await changeMe(preferences).catch(() => undefined)
		} catch (problem) {
			const isWrong = problem instanceof Problem && problem.status === 401
			setError(isWrong ? t('login.wrong') : text(problem))
			setBusy(false)
		}
	}
	return (
		<div className={classes.screen}>
			<aside className={classes.art} aria-hidden="true">
				<Rings />
				<p className={classes.motto}>{t('login.motto')}</p>
			</aside>
			<main className={classes.side}>
				<form className={classes.form} onSubmit={(event) => void submit(event)}>
					<Wordmark height={40} />
					<h1 className={classes.title}>{t('login.title')}</h1>
					<div role="alert">
						{error && (
							<div className={classes.error}>
								<IconAlertCircle size={18} />
								<span>{error}</span>
							</div>
						)}
					</div>
					<TextInput
						label={t('login.login')}
						name="login"
						size="md"
						autoComplete="username"
						autoFocus
						required
						withAsterisk={false}
						value={login}
						onChange={(e) => setLogin(e.currentTarget.value)}
					/>
					<PasswordInput
						label={t('login.password')}
						name="password"
						size="md"
						autoComplete="current-password"
						required
						withAsterisk={false}
						value={password}
						onChange={(e) => setPassword(e.currentTarget.value)}
						visibilityToggleButtonProps={{ 'aria-label': t('login.show_password') }}
					/>
					<Button type="submit" size="md" loading={isBusy} fullWidth mt={8}>
						{t('login.sign_in')}
					</Button>
				</form>
				<Languages onChoose={() => setChosen(true)} />
			</main>
		</div>
	)
}

/** The mark, drawn large: voices meeting in the middle. */
function Rings() {
	return (
		<svg className={classes.rings} viewBox="0 0 400 400">
			<g fill="none" strokeLinecap="round">
				{[60, 95, 130, 165, 200, 240].map((r, i) => (
					<circle key={r} cx="200" cy="200" r={r} stroke="#7fe0d6" strokeOpacity={0.5 - i * 0.07} strokeWidth={i === 0 ? 10 : 2} strokeDasharray={`${r * (3.2 + i * 0.25)} ${r * 1.2}`} transform={`rotate(${i * 47} 200 200)`} />
				))}
			</g>
			<circle cx="200" cy="200" r="16" fill="#e9fffb" />
		</svg>
	)
}

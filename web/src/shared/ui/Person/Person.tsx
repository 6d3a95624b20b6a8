import { useLocale } from '../../i18n/locale'
import classes from './Person.module.css'

const TINTS = ['#0b7a75', '#5b45c9', '#96570a', '#0b6f8f', '#8a2f62', '#47616b']

function tintOf(text: string): string {
	let sum = 0
	for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973
	return TINTS[sum % TINTS.length] ?? '#0b7a75'
}

/** First letters in a coloured round. Arabic script joins, so one letter there. */
export function Avatar({ name, size = 32 }: { name: string; size?: number }) {
	const words = name.trim().split(/\s+/)
	const isLatin = /^[\p{Script=Latin}\s]/u.test(name)
	const letters = isLatin ? words.slice(0, 2).map((w) => [...w][0] ?? '').join('') : ([...name.trim()][0] ?? '')
	const style = { width: size, height: size, fontSize: size * 0.4, background: tintOf(name) }
	// Drawn by CSS: decoration, never part of a button's name.
	return <span className={classes.avatar} style={style} data-letters={letters.toUpperCase() || '•'} aria-hidden="true" />
}

/** A telephone number or address: left to right in any text; a number's digits as the person likes them. */
export function PhoneNumber({ number }: { number: string | null | undefined }) {
	const { format, t } = useLocale()
	if (!number) return <span>{t('caller.hidden')}</span>
	// Whoever calls from a page has no number.
	if (number === 'web') return <span>{t('caller.web')}</span>
	return (
		<bdi dir="ltr" className="mz-num">
			{number.includes('@') ? number : format.digits(number)}
		</bdi>
	)
}

/** Name if known, else the number. */
export function CallerName({ name, number }: { name: string | null | undefined; number: string | null | undefined }) {
	return name ? <bdi>{name}</bdi> : <PhoneNumber number={number} />
}

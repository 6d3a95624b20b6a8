/** Errors in a person's words: what happened and what to do. */
import { notifications } from '@mantine/notifications'
import { useCallback } from 'react'
import { Problem } from './api/http'
import { useLocale } from './i18n/locale'
import type { ProblemEntry } from './rest'
import { RequestError } from './socket'

export function useProblemText(): (error: unknown) => string {
	const { t, tryKey, format } = useLocale()
	return useCallback(
		(error: unknown) => {
			if (error instanceof Problem && error.code === 'rate_limited' && error.retryAfterS)
				return t('error.rate_limited_for', { time: format.duration(error.retryAfterS * 1000) })
			// Which row uses it, only the server knows; its words stay beside ours.
			if (error instanceof Problem && error.code === 'in_use') return `${t('error.in_use')} \u2068(${error.message})\u2069`
			if (error instanceof Problem || error instanceof RequestError)
				return tryKey(`error.${error.code}`) ?? (error.message || t('error.unknown'))
			// What the telephone of this page says.
			const code = error instanceof Error && 'code' in error ? tryKey(`error.${String(error.code)}`) : null
			return code ?? t('error.unknown')
		},
		[t, tryKey, format],
	)
}

/** One field's complaint: our words for codes we know, the server's own otherwise. */
export function useEntryText(): (entry: ProblemEntry) => string {
	const { tryKey } = useLocale()
	return useCallback((entry: ProblemEntry) => tryKey(`invalid.${entry.code}`) ?? entry.message, [tryKey])
}

/** Shows a passing message for what a click could not do. */
export function useComplain(): (error: unknown) => void {
	const text = useProblemText()
	return useCallback(
		(error: unknown) => {
			notifications.show({ color: 'red', message: text(error), withBorder: true })
		},
		[text],
	)
}

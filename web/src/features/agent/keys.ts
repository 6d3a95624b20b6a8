/**
 * Keys of the desk. Function keys, because letters lie elsewhere on a Persian, Arabic or Chinese keyboard and must stay free
 * for typing notes.
 */
import { useLayoutEffect, useRef } from 'react'

export const KEYS = { answer: 'F2', hangUp: 'F4', hold: 'F8', mute: 'F9', transfer: 'F10', complete: 'Shift+F10', dial: 'F7', finish: 'Ctrl+Enter' } as const

export function keyName(event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey'>): string {
	const control = event.ctrlKey || event.metaKey ? 'Ctrl+' : ''
	return `${control}${event.shiftKey ? 'Shift+' : ''}${event.key}`
}

/** Runs the handler of a pressed key while the component is on screen. */
export function useKeys(handlers: Partial<Record<string, () => void>>): void {
	const latest = useRef(handlers)
	latest.current = handlers
	// Before the browser paints: what is on screen takes its keys.
	useLayoutEffect(() => {
		const onKey = (event: KeyboardEvent): void => {
			const run = latest.current[keyName(event)]
			if (!run || event.repeat) return
			event.preventDefault()
			run()
		}
		window.addEventListener('keydown', onKey)
		return () => window.removeEventListener('keydown', onKey)
	}, [])
}

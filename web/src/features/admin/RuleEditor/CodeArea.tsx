/** Program text: left to right on every screen, with numbered lines; lines with an issue are marked. */
import { useRef } from 'react'
import classes from './CodeArea.module.css'

interface Props {
	id: string
	name?: string
	label: string
	describedBy?: string
	text: string
	/** Numbers from 1. */
	wrong: Set<number>
	onChange: (text: string) => void
}

const LINES_MIN = 12

/** Moves the cursor to a line and brings it in sight. */
export function goToLine(area: HTMLTextAreaElement | null, line: number): void {
	if (!area || line < 1) return
	const lines = area.value.split('\n')
	const start = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0)
	area.focus()
	area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0))
}

export function CodeArea({ id, name, label, describedBy, text, wrong, onChange }: Props) {
	const gutter = useRef<HTMLDivElement>(null)
	const count = Math.max(LINES_MIN, text.split('\n').length)
	return (
		<div className={classes.frame} dir="ltr" data-wrong={wrong.size > 0 || undefined}>
			<div ref={gutter} className={classes.gutter} aria-hidden="true">
				{Array.from({ length: count }, (_, i) => (
					<span key={i} data-wrong={wrong.has(i + 1) || undefined}>
						{i + 1}
					</span>
				))}
			</div>
			<textarea
				id={id}
				name={name}
				className={classes.text}
				aria-label={label}
				aria-describedby={describedBy}
				aria-invalid={wrong.size > 0 || undefined}
				dir="ltr"
				wrap="off"
				spellCheck={false}
				autoCapitalize="off"
				autoCorrect="off"
				rows={LINES_MIN}
				value={text}
				onScroll={(e) => {
					if (gutter.current) gutter.current.scrollTop = e.currentTarget.scrollTop
				}}
				onChange={(e) => onChange(e.currentTarget.value)}
			/>
		</div>
	)
}

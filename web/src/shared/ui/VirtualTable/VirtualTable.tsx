/** A table of any length: only the rows in sight exist. Columns are grid tracks shared by head and rows. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './VirtualTable.module.css'

export interface Column<T> {
	key: string
	title: string
	/** A CSS grid track, like "minmax(120px, 2fr)". */
	width: string
	isNumber?: boolean
	cell: (row: T) => ReactNode
}

interface Props<T> {
	label: string
	columns: Column<T>[]
	rows: T[]
	rowKey: (row: T) => string
	rowHeight?: number
	/** CSS height of the whole table; it never grows beyond. */
	maxHeight: string
	onRow?: (row: T) => void
	/** Called when the last rows come in sight. */
	onEnd?: () => void
	footer?: ReactNode
}

const OVERSCAN = 8

export function VirtualTable<T>({ label, columns, rows, rowKey, rowHeight = 46, maxHeight, onRow, onEnd, footer }: Props<T>) {
	const box = useRef<HTMLDivElement>(null)
	const virtual = useVirtualizer({
		count: rows.length,
		getScrollElement: () => box.current,
		estimateSize: () => rowHeight,
		overscan: OVERSCAN,
		getItemKey: (i) => (rows[i] ? rowKey(rows[i]) : i),
		initialRect: { width: 1000, height: 600 },
	})
	const items = virtual.getVirtualItems()
	const last = items.at(-1)?.index ?? 0
	useEffect(() => {
		if (rows.length > 0 && last >= rows.length - OVERSCAN) onEnd?.()
	}, [last, rows.length, onEnd])
	const template = { gridTemplateColumns: columns.map((c) => c.width).join(' ') }
	return (
		// Scrollable, so it can be reached and scrolled by keyboard.
		<div ref={box} className={classes.box} style={{ maxHeight }} tabIndex={0} role="table" aria-label={label} aria-rowcount={rows.length + 1}>
			<div role="rowgroup" className={classes.head}>
				<div role="row" className={classes.row} style={template}>
					{columns.map((c) => (
						<div key={c.key} role="columnheader" className={classes.title} data-number={c.isNumber || undefined}>
							{c.title}
						</div>
					))}
				</div>
			</div>
			<div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
				{items.map((item) => {
					const row = rows[item.index]
					if (row === undefined) return null
					return (
						<div
							key={item.key}
							role="row"
							data-row={onRow ? rowKey(row) : undefined}
							aria-rowindex={item.index + 2}
							className={classes.row}
							data-link={onRow ? true : undefined}
							style={{ ...template, height: rowHeight, transform: `translateY(${item.start}px)` }}
							onClick={onRow ? () => onRow(row) : undefined}
						>
							{columns.map((c) => (
								<div key={c.key} role="cell" className={classes.cell} data-number={c.isNumber || undefined}>
									{c.cell(row)}
								</div>
							))}
						</div>
					)
				})}
			</div>
			{footer && <div className={classes.footer}>{footer}</div>}
		</div>
	)
}

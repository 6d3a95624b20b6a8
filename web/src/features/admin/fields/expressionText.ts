/** Between a skill expression and the server's words about it. Pure. */

/** A text as Lua writes it. */
export function luaText(text: string): string {
	return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\r?\n/g, '\\n').replace(/\0/g, '')}"`
}

/** "column 7 of the skills: a skill is missing" -> where and what; column null where none is named. */
export function columnOf(message: string): { column: number | null; message: string } {
	const found = /^column (\d+) of the skills: (.*)$/is.exec(message)
	return found ? { column: Number(found[1]), message: found[2] ?? '' } : { column: null, message }
}

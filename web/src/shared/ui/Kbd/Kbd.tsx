import classes from './Kbd.module.css'

/** The key that does the same as the button it stands on. */
export function Kbd({ children }: { children: string }) {
	return (
		<kbd className={classes.kbd} dir="ltr">
			{children}
		</kbd>
	)
}

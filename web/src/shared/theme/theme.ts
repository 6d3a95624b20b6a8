/** Mantine in our clothes: turquoise of Persian tiles as the one accent, soft corners, calm shadows. */
import { createTheme, type MantineColorsTuple } from '@mantine/core'

const firuze: MantineColorsTuple = [
	'#e6f7f5', '#cfeeea', '#a1ded7', '#6fcdc3', '#46beb2', '#22a598', '#0f8b82', '#0b7a75', '#09625f', '#064b49',
]
const ink: MantineColorsTuple = [
	'#f3f6f7', '#e4eaec', '#c9d4d8', '#a8b9bf', '#839aa2', '#5f7983', '#47616b', '#2c434c', '#1a2c34', '#0f1c22',
]

const dark: MantineColorsTuple = [
	'#e6eef0', '#c4d2d6', '#9fb3ba', '#64797f', '#35474f', '#27383f', '#1a2a30', '#152328', '#101d22', '#0a1316',
]

export const theme = createTheme({
	primaryColor: 'firuze',
	primaryShade: { light: 7, dark: 7 },
	colors: { firuze, ink, dark },
	fontFamily: 'var(--mz-font)',
	fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
	headings: { fontFamily: 'var(--mz-font)', fontWeight: '650' },
	defaultRadius: 'md',
	radius: { xs: '4px', sm: '6px', md: '9px', lg: '14px', xl: '20px' },
	cursorType: 'pointer',
	focusRing: 'auto',
	respectReducedMotion: true,
	components: {
		Checkbox: { defaultProps: { radius: 'sm' } },
		InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
		Tooltip: { defaultProps: { withArrow: true, openDelay: 350, events: { hover: true, focus: true, touch: false } } },
		Modal: { defaultProps: { centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.45, blur: 2 } } },
		// The placeholder for the first focus is no child a menu may have.
		Menu: { defaultProps: { shadow: 'md', radius: 'md', withInitialFocusPlaceholder: false } },
		Select: { defaultProps: { checkIconPosition: 'right', comboboxProps: { shadow: 'md' } } },
		MultiSelect: { defaultProps: { comboboxProps: { shadow: 'md' } } },
	},
})

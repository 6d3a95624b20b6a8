/** The mark: two open rings around a centre (markaz = centre). The wordmark says it in both scripts. */
export function Mark({ size = 32 }: { size?: number }) {
	return (
		<svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
			<rect width="32" height="32" rx="8" fill="#0b7a75" />
			<g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round">
				<path d="M16 5.5A10.5 10.5 0 1 1 5.5 16" />
				<path d="M16 11a5 5 0 1 1-5 5" strokeOpacity=".75" />
			</g>
			<circle cx="16" cy="16" r="2.2" fill="#fff" />
		</svg>
	)
}

export function Wordmark({ height = 36 }: { height?: number }) {
	return (
		<svg height={height} viewBox="0 0 178 36" role="img" aria-label="Markaz مرکز" direction="ltr">
			<rect x="0" y="2" width="32" height="32" rx="8" fill="#0b7a75" />
			<g transform="translate(0 2)" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round">
				<path d="M16 5.5A10.5 10.5 0 1 1 5.5 16" />
				<path d="M16 11a5 5 0 1 1-5 5" strokeOpacity=".75" />
			</g>
			<circle cx="16" cy="18" r="2.2" fill="#fff" />
			<text x="43" y="26" fontFamily="'Inter Variable', sans-serif" fontSize="23" fontWeight="700" letterSpacing="-.6" fill="currentColor">
				Markaz
			</text>
			<text x="138" y="25" fontFamily="'Vazirmatn Variable', sans-serif" fontSize="22" fontWeight="600" fill="currentColor" fillOpacity=".62">
				مرکز
			</text>
		</svg>
	)
}

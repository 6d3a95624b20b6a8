/** Set-up: everything an administrator keeps, grouped as people think of it. */
import { Link, Navigate, useParams } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useLocale } from '../../../shared/i18n/locale'
import { useMay } from '../../../shared/session'
import { Page } from '../../../shared/ui/Page/Page'
import { Audit } from '../Audit/Audit'
import { Blocks } from '../Blocks/Blocks'
import { SECTION_ICONS } from '../icons'
import { ResourceList } from '../ResourceList/ResourceList'
import { RulesList } from '../RulesList/RulesList'
import { Settings } from '../Settings'
import { specOf, SPECS } from '../specs'
import classes from './Admin.module.css'

const GROUPS = ['telephony', 'routing', 'people', 'care', 'system'] as const

function useSections(): { group: (typeof GROUPS)[number]; sections: string[] }[] {
	const may = useMay()
	return GROUPS.map((group) => {
		const sections = SPECS.filter((s) => s.group === group).map((s) => s.resource)
		if (group === 'system' && may('change_config')) sections.push('blocks')
		if (group === 'system' && may('see_audit')) sections.push('audit')
		return { group, sections }
	}).filter((g) => g.sections.length > 0)
}

function Nav({ current }: { current: string }) {
	const { t } = useLocale()
	const groups = useSections()
	const nav = useRef<HTMLElement>(null)
	// On a narrow page it is one row that scrolls: the one that is open is to be seen in it.
	useEffect(() => nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [current])
	return (
		<nav ref={nav} className={classes.nav} aria-label={t('admin.title')}>
			{groups.map(({ group, sections }) => (
				<div key={group}>
					<p className={classes.group}>{t(`admin.group.${group}`)}</p>
					{sections.map((section) => {
						const Icon = SECTION_ICONS[section]
						return (
							<Link key={section} to="/admin/$section" params={{ section }} className={classes.item} data-active={section === current || undefined} aria-current={section === current ? 'page' : undefined}>
								{Icon && <Icon size={18} stroke={1.8} />}
								{t(`resource.${section}` as 'resource.queues')}
							</Link>
						)
					})}
				</div>
			))}
		</nav>
	)
}

function Section({ section }: { section: string }) {
	const spec = specOf(section)
	if (section === 'audit') return <Audit />
	if (section === 'blocks') return <Blocks />
	if (!spec) return <Navigate to="/admin/$section" params={{ section: 'queues' }} replace />
	if (section === 'settings') return <Settings spec={spec} />
	if (section === 'business-rules') return <RulesList spec={spec} />
	return <ResourceList key={section} spec={spec} />
}

export function Admin() {
	const { t, tryKey } = useLocale()
	const { section = 'queues' } = useParams({ strict: false })
	return (
		<div className={classes.layout}>
			<Nav current={section} />
			<div className={classes.main}>
				<Page title={tryKey(`resource.${section}`) ?? t('admin.title')} subtitle={tryKey(`resource_hint.${section}`)} isWide>
					<Section section={section} />
				</Page>
			</div>
		</div>
	)
}

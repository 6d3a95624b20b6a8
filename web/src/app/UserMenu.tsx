import { Menu, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconChevronDown, IconLogout, IconSettings } from '@tabler/icons-react'
import { lazy, Suspense } from 'react'
import { useLocale } from '../shared/i18n/locale'
import { signOut, useSession } from '../shared/session'
import { Avatar } from '../shared/ui/Person/Person'

const Preferences = lazy(() => import('./Preferences/Preferences').then((m) => ({ default: m.Preferences })))

export function UserMenu() {
	const { t } = useLocale()
	const { user } = useSession()
	const [isOpen, { open, close }] = useDisclosure(false)
	return (
		<>
			<Menu position="bottom-end" width={220}>
				<Menu.Target>
					<UnstyledButton aria-label={`${t('menu.label')}: ${user.name}`} style={{ display: 'flex', alignItems: 'center', gap: 8, borderRadius: 99 }}>
						<Avatar name={user.name} size={36} />
						<IconChevronDown size={16} color="var(--mz-dim)" />
					</UnstyledButton>
				</Menu.Target>
				<Menu.Dropdown>
					<Menu.Label>
						<bdi>{user.name}</bdi>
					</Menu.Label>
					<Menu.Item leftSection={<IconSettings size={17} />} onClick={open}>
						{t('menu.preferences')}
					</Menu.Item>
					<Menu.Divider />
					<Menu.Item leftSection={<IconLogout size={17} className="mz-mirror" />} onClick={() => void signOut()}>
						{t('menu.sign_out')}
					</Menu.Item>
				</Menu.Dropdown>
			</Menu>
			{isOpen && (
				<Suspense fallback={null}>
					<Preferences onClose={close} />
				</Suspense>
			)}
		</>
	)
}

/** What is needed less often in a call: one more into it, parking, moving it to another device. */
import { Button, Menu } from '@mantine/core'
import { IconDeviceLandlinePhone, IconDots, IconHeadset, IconParking, IconUserPlus } from '@tabler/icons-react'
import { notifications } from '@mantine/notifications'
import { getPhone, usePhone } from '../../../phone/station'
import { ask, useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Call, PullDevice } from '../../../shared/protocol'
import { stageOf } from '../parties'
import { useAct } from '../useAct'

/** Where the call could go from here: its sound is in this page, or somewhere else. */
function usePull(call: Call) {
	const { act } = useAct()
	const { t } = useLocale()
	const phone = usePhone()
	const isHere = phone.interaction === call.interaction && phone.line !== 'offered'
	const device: PullDevice = isHere ? 'phone' : 'browser'
	const pull = async (): Promise<void> => {
		const isAsked = await act(async () => {
			if (device === 'browser') await getPhone().openMicrophone()
			await ask('call.pull', { interaction: call.interaction, device })
		})
		if (isAsked) notifications.show({ message: t('pull.moving') })
	}
	return { device, pull }
}

export function MoreMenu({ call, isDisabled, onAdd }: { call: Call; isDisabled: boolean; onAdd: () => void }) {
	const { t } = useLocale()
	const { agent } = useDesk()
	const { act } = useAct()
	const { device, pull } = usePull(call)
	const stage = stageOf(call)
	const park = async (): Promise<void> => {
		await act(async () => {
			const { slot } = await ask('call.park', { interaction: call.interaction })
			notifications.show({ title: t('park.done', { slot }), message: t('park.say', { slot }), autoClose: 15_000 })
		})
	}
	return (
		<Menu position="bottom-end">
			<Menu.Target>
				<Button size="md" px={11} variant="default" aria-label={t('pull.menu')} title={t('pull.menu')} disabled={isDisabled}>
					<IconDots size={20} />
				</Button>
			</Menu.Target>
			<Menu.Dropdown>
				<Menu.Item leftSection={<IconUserPlus size={18} />} disabled={stage === 'consult'} onClick={onAdd}>
					{t('consult.add_title')}
				</Menu.Item>
				<Menu.Item leftSection={<IconParking size={18} />} disabled={stage !== 'alone'} onClick={() => void park()}>
					{t('park.park')}
				</Menu.Item>
				{agent && (
					<Menu.Item leftSection={device === 'browser' ? <IconHeadset size={18} /> : <IconDeviceLandlinePhone size={18} />} onClick={() => void pull()}>
						{t(device === 'browser' ? 'pull.here' : 'pull.phone')}
					</Menu.Item>
				)}
			</Menu.Dropdown>
		</Menu>
	)
}

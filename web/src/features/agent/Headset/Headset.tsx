/** The telephone's own state: microphone, which tab, connection; and a panel to choose and try devices. */
import { Button, Popover, Progress, SegmentedControl, Select, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconAlertTriangle, IconDeviceLandlinePhone, IconMicrophone, IconMicrophoneOff, IconVolume } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { watchLevel } from '../../../phone/level'
import { getPhone, takePhoneHere, usePhone, usePhoneTab } from '../../../phone/station'
import { ask, useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Device } from '../../../shared/protocol'
import { useSession } from '../../../shared/session'
import { useAct } from '../useAct'
import classes from './Headset.module.css'

/** Loudness 0..100 of the open microphone, while someone looks. */
function useLevel(isOn: boolean): number {
	const [level, setLevel] = useState(0)
	const { microphone, inputId } = usePhone()
	useEffect(() => {
		const stream = getPhone().microphoneStream()
		if (!isOn || !stream || microphone !== 'ready') return
		return watchLevel(stream, setLevel)
	}, [isOn, microphone, inputId])
	return level
}

function Devices() {
	const { t } = useLocale()
	const phone = usePhone()
	const level = useLevel(true)
	const { act } = useAct()
	const options = (list: { id: string; label: string }[]) =>
		list.map((d, i) => ({ value: d.id, label: d.label || `${t('headset.device')} ${i + 1}` }))
	useEffect(() => void getPhone().refreshDevices(), [])
	return (
		<Stack gap="sm">
			{phone.microphone !== 'ready' && (
				<>
					<Text size="sm" c="dimmed">
						{t(`microphone.${phone.microphone}`)}
					</Text>
					<Button variant="light" leftSection={<IconMicrophone size={17} />} onClick={() => void act(() => getPhone().openMicrophone())}>
						{t('headset.allow')}
					</Button>
				</>
			)}
			<Select
				label={t('headset.microphone')}
				data={options(phone.inputs)}
				value={phone.inputId || phone.inputs[0]?.id || null}
				allowDeselect={false}
				onChange={(id) => id && void act(() => getPhone().chooseInput(id))}
				comboboxProps={{ withinPortal: false }}
			/>
			<div>
				<Progress.Root size="md">
					<Progress.Section value={level} color="firuze" aria-label={t('headset.level')} />
				</Progress.Root>
				<Text size="xs" c="dimmed" mt={4}>
					{t('headset.level_hint')}
				</Text>
			</div>
			{phone.outputs.length > 0 && (
				<Select
					label={t('headset.speaker')}
					data={options(phone.outputs)}
					value={phone.outputId || phone.outputs[0]?.id || null}
					allowDeselect={false}
					onChange={(id) => id && void act(() => getPhone().chooseOutput(id))}
					comboboxProps={{ withinPortal: false }}
				/>
			)}
			<Button variant="default" leftSection={<IconVolume size={17} />} onClick={() => void act(() => getPhone().testSound())}>
				{t('headset.test')}
			</Button>
		</Stack>
	)
}

function DeviceChoice() {
	const { t } = useLocale()
	const { agent } = useDesk()
	const { user } = useSession()
	const { act } = useAct()
	const [uri, setUri] = useState(agent?.device_uri ?? user.device_uri ?? '')
	const [device, setDevice] = useState<Device>(agent?.device ?? 'browser')
	const save = (next: Device): void => {
		setDevice(next)
		if (next !== 'uri') void act(() => ask('agent.device', { device: next }))
	}
	return (
		<div>
			<Text size="sm" fw={500} mb={4} id="device-label">
				{t('headset.where')}
			</Text>
			<SegmentedControl
				fullWidth
				aria-labelledby="device-label"
				data={(['browser', 'phone', 'uri'] as const).map((value) => ({ value, label: t(`device.${value}`) }))}
				value={device}
				onChange={(value) => save(value as Device)}
			/>
			{device === 'uri' && (
				<TextInput
					mt="xs"
					dir="ltr"
					aria-label={t('field.device_uri')}
					placeholder="sip:name@example.org"
					value={uri}
					onChange={(e) => setUri(e.currentTarget.value)}
					rightSectionWidth={72}
					rightSection={
						<Button size="compact-sm" disabled={!uri} onClick={() => void act(() => ask('agent.device', { device: 'uri', device_uri: uri.trim() }))}>
							{t('common.save')}
						</Button>
					}
				/>
			)}
		</div>
	)
}

type Health = 'good' | 'wait' | 'bad'

function useHealth(): { tone: Health; text: string } {
	const { t } = useLocale()
	const phone = usePhone()
	const tab = usePhoneTab()
	const { agent } = useDesk()
	if (!agent) return { tone: 'wait', text: '' }
	if (agent.device !== 'browser') {
		const tone = agent.is_device_reachable ? 'good' : 'bad'
		return { tone, text: agent.is_device_reachable ? t(`device.${agent.device}`) : t(`device_why.${agent.device_reason ?? 'not_registered'}`) }
	}
	if (tab === 'elsewhere') return { tone: 'wait', text: t('headset.elsewhere') }
	if (phone.microphone === 'ready' && phone.quality) {
		const tone = phone.quality.grade === 'good' ? 'good' : phone.quality.grade === 'fair' ? 'wait' : 'bad'
		return { tone, text: t(`quality.${phone.quality.grade}`) }
	}
	if (phone.microphone === 'ready') return { tone: 'good', text: t('microphone.ready') }
	if (phone.microphone === 'unknown' || phone.microphone === 'asking') return { tone: 'wait', text: t('headset.title') }
	return { tone: 'bad', text: t('microphone.problem') }
}

export function Headset() {
	const { t } = useLocale()
	const { agent } = useDesk()
	const tab = usePhoneTab()
	const health = useHealth()
	const [isOpen, setOpen] = useState(false)
	const device = agent?.device ?? 'browser'
	const Icon = health.tone === 'bad' ? (device === 'browser' ? IconMicrophoneOff : IconAlertTriangle) : device === 'browser' ? IconMicrophone : IconDeviceLandlinePhone
	return (
		<Popover opened={isOpen} onChange={setOpen} width={340} position="bottom-start" shadow="md" trapFocus>
			<Popover.Target>
				<UnstyledButton className={classes.button} data-tone={health.tone} onClick={() => setOpen(!isOpen)} aria-label={`${t('headset.title')}: ${health.text}`}>
					<Icon size={17} />
					<span>{health.text}</span>
				</UnstyledButton>
			</Popover.Target>
			<Popover.Dropdown>
				<Stack gap="md">
					<DeviceChoice />
					{device === 'browser' && tab === 'elsewhere' && (
						<>
							<Text size="sm">{t('headset.elsewhere_hint')}</Text>
							<Button onClick={takePhoneHere}>{t('headset.take')}</Button>
						</>
					)}
					{device === 'browser' && tab !== 'elsewhere' && <Devices />}
				</Stack>
			</Popover.Dropdown>
		</Popover>
	)
}

/** A recording: each channel as a wave to be heard or not, seek anywhere, faster or slower, all by keyboard too. */
import { ActionIcon, Button, Menu, SegmentedControl, Skeleton, Switch, UnstyledButton } from '@mantine/core'
import { IconDownload, IconLock, IconPlayerPauseFilled, IconPlayerPlayFilled, IconRewindBackward5, IconRewindForward5, IconScale, IconShieldCheck, IconShieldQuestion, IconShieldX, IconVolume, IconVolumeOff } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { api, apiUrl } from '../../api/http'
import { useLocale } from '../../i18n/locale'
import type { RecordingMore, RecordingRow, Waveform } from '../../rest'
import { silencesIn, type Span } from './peaks'
import classes from './Player.module.css'
import { useSound } from './useSound'
import { LANE_EACH, LANES_MIN, STEP_S, Wave } from './Wave'

const SPEEDS = ['0.75', '1', '1.25', '1.5', '2']
const NO_SPANS: Span[] = []
const NO_PEAKS: number[][] = []
const FORMATS = ['wav', 'opus'] as const

export type Played = Pick<RecordingRow, 'id' | 'duration_ms'> & RecordingMore

type Sound = ReturnType<typeof useSound>

function useLaneName(recording: Played, count: number): (lane: number) => string {
	const { t } = useLocale()
	return (lane) => {
		const kind = recording.channels?.[lane] ?? (count === 2 ? ['customer', 'agent'][lane] : undefined)
		if (kind === 'customer' || kind === 'agent') return t(`player.${kind}`)
		return kind ?? t('player.channel', { number: lane + 1 })
	}
}

/** The channels' names; each switches its channel off and on. */
function Lanes({ count, nameOf, sound }: { count: number; nameOf: (lane: number) => string; sound: Sound }) {
	const { t } = useLocale()
	return (
		<div className={classes.names} style={{ height: Math.max(LANES_MIN, count * LANE_EACH) }}>
			{Array.from({ length: count }, (_, lane) => {
				const isOff = sound.muted.includes(lane)
				const known = count === 2 ? ([isOff ? 'player.unmute_customer' : 'player.mute_customer', isOff ? 'player.unmute_agent' : 'player.mute_agent'] as const)[lane] : undefined
				return (
					<UnstyledButton key={lane} className={classes.name} data-lane={lane === 0 ? 'customer' : 'agent'} data-off={isOff || undefined} aria-pressed={isOff} aria-label={known ? t(known) : nameOf(lane)} title={known ? t(known) : nameOf(lane)} onClick={() => sound.toggleChannel(lane)}>
						<bdi>{nameOf(lane)}</bdi> {isOff ? <IconVolumeOff size={16} aria-hidden="true" /> : <IconVolume size={16} aria-hidden="true" />}
					</UnstyledButton>
				)
			})}
		</div>
	)
}

const SHIELD = { whole: IconShieldCheck, broken: IconShieldX, unknown: IconShieldQuestion }

/** Whether it is what was recorded, and how it is kept. */
function Trust({ recording }: { recording: Played }) {
	const { t } = useLocale()
	const { integrity, is_encrypted, is_held } = recording
	const Shield = integrity ? SHIELD[integrity] : null
	if (!Shield && !is_encrypted && !is_held) return null
	return (
		<ul className={classes.trust}>
			{Shield && integrity && (
				<li data-integrity={integrity}>
					<Shield size={17} aria-hidden="true" /> {t(`player.integrity.${integrity}`)}
				</li>
			)}
			{is_encrypted && (
				<li>
					<IconLock size={17} aria-hidden="true" /> {t('player.encrypted')}
				</li>
			)}
			{is_held && (
				<li>
					<IconScale size={17} aria-hidden="true" /> {t('player.held')}
				</li>
			)}
		</ul>
	)
}

/** One way to save it, or two where the server can give both. */
function Download({ recording, audio }: { recording: Played; audio: string }) {
	const { t } = useLocale()
	const url = apiUrl(audio)
	// What is kept as Opus is there at once; of a WAV the server would have to make it first.
	if (recording.format !== 'opus')
		return (
			<Button component="a" href={url} download variant="subtle" size="compact-sm" leftSection={<IconDownload size={16} />}>
				{t('player.download')}
			</Button>
		)
	return (
		<Menu position="bottom-end">
			<Menu.Target>
				<Button variant="subtle" size="compact-sm" leftSection={<IconDownload size={16} />}>
					{t('player.download')}
				</Button>
			</Menu.Target>
			<Menu.Dropdown>
				{FORMATS.map((format) => (
					<Menu.Item key={format} component="a" href={apiUrl(audio, { format })} download>
						{t('player.download_as', { format: format === 'wav' ? 'WAV' : 'Opus' })}
					</Menu.Item>
				))}
			</Menu.Dropdown>
		</Menu>
	)
}

interface ControlsProps {
	sound: Sound
	seconds: number
	isSkipping: boolean
	onSkipping: (isOn: boolean) => void
	recording: Played
	audio: string
}

/** Controls of time keep their order in every language, as on every player. */
function Controls({ sound, seconds, isSkipping, onSkipping, recording, audio }: ControlsProps) {
	const { t, format } = useLocale()
	const [speed, setSpeed] = useState('1')
	return (
		<div className={classes.controls} dir="ltr">
			<ActionIcon variant="subtle" color="ink" size="lg" aria-label={t('player.back')} onClick={() => sound.seek(sound.at - STEP_S)}>
				<IconRewindBackward5 size={22} />
			</ActionIcon>
			<ActionIcon size={46} radius="xl" aria-label={t(sound.isPlaying ? 'player.pause' : 'player.play')} onClick={sound.toggle}>
				{sound.isPlaying ? <IconPlayerPauseFilled size={22} /> : <IconPlayerPlayFilled size={22} />}
			</ActionIcon>
			<ActionIcon variant="subtle" color="ink" size="lg" aria-label={t('player.forward')} onClick={() => sound.seek(sound.at + STEP_S)}>
				<IconRewindForward5 size={22} />
			</ActionIcon>
			<span className={`${classes.time} mz-num`}>
				{format.duration(sound.at * 1000)} / {format.duration(seconds * 1000)}
			</span>
			<span className={classes.space} />
			<Switch size="sm" label={t('player.skip_silence')} checked={isSkipping} onChange={(event) => onSkipping(event.currentTarget.checked)} />
			<SegmentedControl
				size="xs"
				aria-label={t('player.speed')}
				data={SPEEDS.map((value) => ({ value, label: `${format.number(Number(value), 2)}×` }))}
				value={speed}
				onChange={(value) => {
					setSpeed(value)
					sound.setSpeed(Number(value))
				}}
			/>
			<Download recording={recording} audio={audio} />
		</div>
	)
}

interface PlayerProps {
	recording: Played
	/** Where its sound and waveform are, when its listener has no right to recordings. */
	folder?: string
	/** Begins by itself: opened by a click that meant listening. */
	isAutomatic?: boolean
	onPlay?: () => void
}

export function Player({ recording, folder = `/recordings/${recording.id}`, isAutomatic, onPlay }: PlayerProps) {
	const { t } = useLocale()
	const audio = `${folder}/audio`
	const wave = useQuery({
		queryKey: ['waveform', recording.id],
		queryFn: () => api.get<Waveform>(`${folder}/waveform`),
		staleTime: Infinity,
	})
	const [isSkipping, setSkipping] = useState(false)
	const peaks = wave.data?.peaks ?? NO_PEAKS
	const seconds = (wave.data?.duration_ms ?? recording.duration_ms ?? 0) / 1000
	const [muted, setMuted] = useState<number[]>([])
	const silences = useMemo(() => (isSkipping ? silencesIn(peaks, seconds, muted) : NO_SPANS), [isSkipping, peaks, seconds, muted])
	const sound = useSound(apiUrl(audio), peaks.length, silences, { isAutomatic, onPlay })
	if (sound.muted !== muted) setMuted(sound.muted)
	const nameOf = useLaneName(recording, peaks.length)
	return (
		<div className={classes.player}>
			{sound.element}
			<div className={classes.lanes} dir="ltr">
				{peaks.length > 1 && <Lanes count={peaks.length} nameOf={nameOf} sound={sound} />}
				{wave.data ? (
					<Wave peaks={peaks} muted={sound.muted} marks={recording.marks ?? []} seconds={seconds} at={sound.at} onSeek={sound.seek} onToggle={sound.toggle} />
				) : (
					<Skeleton height={96} animate={wave.isPending} />
				)}
			</div>
			{sound.isBroken && (
				<p className={classes.broken} role="alert">
					{t('player.failed')}
				</p>
			)}
			<Controls sound={sound} seconds={seconds} isSkipping={isSkipping} onSkipping={setSkipping} recording={recording} audio={audio} />
			<p className={classes.keys}>{t('player.keys')}</p>
			<Trust recording={recording} />
		</div>
	)
}

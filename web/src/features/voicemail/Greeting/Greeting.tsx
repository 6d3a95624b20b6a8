/** The greeting of one's own voicemail: heard, recorded here or sent as a file, heard again before callers do, taken away. */
import { Button, FileButton, Loader, Skeleton } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconAlertTriangle, IconCheck, IconMicrophone, IconPlayerStopFilled, IconTrash, IconUpload, IconX } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { usePhone } from '../../../phone/station'
import { api, apiUrl, Problem } from '../../../shared/api/http'
import { useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import { useProblemText } from '../../../shared/problems'
import { Card } from '../../../shared/ui/Card/Card'
import { Confirm } from '../../../shared/ui/Confirm/Confirm'
import classes from './Greeting.module.css'
import type { TakeFault } from './take'
import { useTaking } from './useTaking'
import { faultOf, type FileFault, GREETING_MAX_MS } from './wav'

const PATH = '/voicemails/greeting'
const INVALID = 422
const TOO_LARGE = 413

/** What went wrong: with the recording or file, or with sending it. */
type Wrong = TakeFault | FileFault | 'format' | { error: unknown }

function usePresent() {
	const queries = useQueryClient()
	const present = useQuery({ queryKey: ['greeting'], queryFn: ({ signal }) => api.versionOf(PATH, signal) })
	return { ...present, refresh: () => queries.invalidateQueries({ queryKey: ['greeting'] }) }
}

/** Puts the keyboard where the work goes on whenever a part of the card takes another's place; not when the page opens. */
function useFocus(step: string): RefObject<HTMLButtonElement | null> {
	const target = useRef<HTMLButtonElement>(null)
	const before = useRef(step)
	useEffect(() => {
		if (before.current !== step) target.current?.focus()
		before.current = step
	}, [step])
	return target
}

function Sound({ src, label }: { src: string; label: string }) {
	// The controls keep their order in every language, as on every player.
	return <audio className={classes.sound} dir="ltr" controls preload="metadata" src={src} aria-label={label} />
}

function Fault({ wrong }: { wrong: Wrong | null }) {
	const { t } = useLocale()
	const problemText = useProblemText()
	if (!wrong) return null
	return (
		<p className={classes.fault} role="alert">
			<IconAlertTriangle size={18} aria-hidden="true" /> <span>{typeof wrong === 'string' ? t(`greeting.fault.${wrong}`) : problemText(wrong.error)}</span>
		</p>
	)
}

interface RecordingProps {
	elapsed: number
	level: number
	onStop: () => void
	onCancel: () => void
	first: RefObject<HTMLButtonElement | null>
}

function Recording({ elapsed, level, onStop, onCancel, first }: RecordingProps) {
	const { t, format } = useLocale()
	return (
		<div className={classes.line}>
			<div className={classes.main}>
				<p className={classes.state} role="status">
					<span className={classes.dot} aria-hidden="true" /> {t('greeting.recording')}
				</p>
				<div className={classes.meter} role="meter" aria-label={t('supervise.your_level')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={level} data-quiet={level === 0 || undefined}>
					<span style={{ inlineSize: `${level}%` }} />
				</div>
				<span className={`${classes.time} mz-num`} role="timer">
					{t('greeting.time', { time: format.duration(elapsed), limit: format.duration(GREETING_MAX_MS) })}
				</span>
			</div>
			<div className={classes.acts}>
				<Button ref={first} color="red.9" leftSection={<IconPlayerStopFilled size={17} />} onClick={onStop}>
					{t('greeting.stop')}
				</Button>
				<Button variant="default" onClick={onCancel}>
					{t('common.cancel')}
				</Button>
			</div>
		</div>
	)
}

interface HeardProps {
	wav: Blob
	isBusy: boolean
	onUse: () => void
	onAgain: (() => void) | null
	onDiscard: () => void
	first: RefObject<HTMLButtonElement | null>
}

/** The new one, before callers hear it. */
function Heard({ wav, isBusy, onUse, onAgain, onDiscard, first }: HeardProps) {
	const { t } = useLocale()
	const url = useMemo(() => URL.createObjectURL(wav), [wav])
	useEffect(() => () => URL.revokeObjectURL(url), [url])
	return (
		<div className={classes.line}>
			<div className={classes.main}>
				<p className={classes.state} role="status">
					{t('greeting.listen_first')}
				</p>
				<Sound src={url} label={t('greeting.new')} />
			</div>
			<div className={classes.acts}>
				<Button ref={first} loading={isBusy} leftSection={<IconCheck size={18} />} onClick={onUse}>
					{t('greeting.use')}
				</Button>
				{onAgain && (
					<Button variant="default" disabled={isBusy} leftSection={<IconMicrophone size={17} />} onClick={onAgain}>
						{t('greeting.again')}
					</Button>
				)}
				<Button variant="subtle" color="ink" disabled={isBusy} leftSection={<IconX size={17} />} onClick={onDiscard}>
					{t('greeting.discard')}
				</Button>
			</div>
		</div>
	)
}

interface PresentProps {
	/** Null: none of one's own; undefined: not known. */
	version: string | null | undefined
	isPending: boolean
	isInCall: boolean
	onRecord: () => void
	onFile: (file: File | null) => void
	onRemove: () => void
	first: RefObject<HTMLButtonElement | null>
}

function Present({ version, isPending, isInCall, onRecord, onFile, onRemove, first }: PresentProps) {
	const { t } = useLocale()
	return (
		<div className={classes.line}>
			<div className={classes.main}>
				<p className={classes.hint}>
					{t(version === null ? 'greeting.none' : 'greeting.hint')} {isInCall && t('greeting.in_call')}
				</p>
				{isPending && <Skeleton height={40} maw={420} />}
				{version && <Sound src={apiUrl(PATH, { v: version })} label={t('greeting.present')} />}
			</div>
			<div className={classes.acts}>
				<Button ref={first} variant={version === null ? 'filled' : 'default'} disabled={isInCall} leftSection={<IconMicrophone size={17} />} onClick={onRecord}>
					{t(version ? 'greeting.record_new' : 'greeting.record')}
				</Button>
				<FileButton accept="audio/wav,audio/x-wav,.wav" onChange={onFile} inputProps={{ 'aria-label': t('greeting.choose') }}>
					{(props) => (
						<Button {...props} variant="default" leftSection={<IconUpload size={17} />}>
							{t('greeting.choose')}
						</Button>
					)}
				</FileButton>
				{version && (
					<Button variant="subtle" color="red.9" className={classes.remove} leftSection={<IconTrash size={17} />} onClick={onRemove}>
						{t('greeting.remove')}
					</Button>
				)}
			</div>
		</div>
	)
}

/** What is new, what was wrong with it, and sending it. */
function useChanges(refresh: () => Promise<void>) {
	const { t } = useLocale()
	const [taken, setTaken] = useState<{ wav: Blob; isRecorded: boolean } | null>(null)
	const [wrong, setWrong] = useState<Wrong | null>(null)
	const [isBusy, setBusy] = useState(false)
	const choose = async (file: File | null): Promise<void> => {
		if (!file) return
		const fault = await faultOf(file).catch((): FileFault => 'not_wav')
		setWrong(fault)
		if (!fault) setTaken({ wav: file, isRecorded: false })
	}
	const change = async (run: () => Promise<unknown>, done: string): Promise<void> => {
		setBusy(true)
		setWrong(null)
		try {
			await run()
			setTaken(null)
			notifications.show({ message: done, withBorder: true })
			await refresh()
		} catch (error) {
			const status = error instanceof Problem ? error.status : 0
			setWrong(status === INVALID ? 'format' : status === TOO_LARGE ? 'too_large' : { error })
		} finally {
			setBusy(false)
		}
	}
	const use = async (): Promise<void> => {
		if (taken) await change(() => api.upload(PATH, taken.wav, 'audio/wav'), t('greeting.kept'))
	}
	const remove = (): Promise<void> => change(() => api.delete(PATH), t('greeting.removed'))
	return { taken, setTaken, wrong, setWrong, isBusy, choose, use, remove }
}

export function Greeting() {
	const { t } = useLocale()
	const { calls } = useDesk()
	const { inputId } = usePhone()
	const present = usePresent()
	const { taken, setTaken, wrong, setWrong, isBusy, choose, use, remove } = useChanges(present.refresh)
	const [asked, setAsked] = useState<'replace' | 'remove' | null>(null)
	const isInCall = calls.length > 0
	const onTaken = useCallback((wav: Blob) => setTaken({ wav, isRecorded: true }), [setTaken])
	const taking = useTaking({ inputId, isStopped: isInCall, onTaken, onFault: setWrong })
	const record = (): void => {
		setWrong(null)
		setTaken(null)
		void taking.start()
	}
	const step = taking.phase !== 'idle' ? taking.phase : taken ? 'heard' : 'present'
	const first = useFocus(step)
	const discard = (): void => {
		setTaken(null)
		setWrong(null)
	}
	const confirmed = (run: () => Promise<void>) => () => run().then(() => setAsked(null))
	return (
		<Card title={t('greeting.title')} label={t('greeting.title')} className={classes.card}>
			{step === 'present' && <Present version={present.data} isPending={present.isPending} isInCall={isInCall} onRecord={record} onFile={(file) => void choose(file)} onRemove={() => setAsked('remove')} first={first} />}
			{(step === 'asking' || step === 'working') && (
				<p className={classes.state} role="status">
					<Loader size="sm" aria-hidden="true" /> {t(step === 'asking' ? 'microphone.asking' : 'greeting.working')}
				</p>
			)}
			{step === 'recording' && <Recording elapsed={taking.elapsed} level={taking.level} onStop={() => void taking.stop()} onCancel={taking.cancel} first={first} />}
			{step === 'heard' && taken && <Heard wav={taken.wav} isBusy={isBusy} onUse={() => (present.data ? setAsked('replace') : void use())} onAgain={taken.isRecorded && !isInCall ? record : null} onDiscard={discard} first={first} />}
			<Fault wrong={wrong ?? (present.isError ? { error: present.error } : null)} />
			{asked === 'replace' && <Confirm title={t('greeting.replace_title')} hint={t('greeting.replace_hint')} action={t('greeting.replace')} onConfirm={confirmed(use)} onClose={() => setAsked(null)} />}
			{asked === 'remove' && <Confirm title={t('greeting.remove_title')} hint={t('greeting.remove_hint')} action={t('greeting.remove')} onConfirm={confirmed(remove)} onClose={() => setAsked(null)} />}
		</Card>
	)
}

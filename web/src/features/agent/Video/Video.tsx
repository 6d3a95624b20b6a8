/** Pictures in a call from a page: what the customer shows, one's own in the corner, and the buttons for camera and screen. */
import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconScreenShare, IconScreenShareOff, IconVideo, IconVideoOff } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import type { Picture } from '../../../phone/phone'
import { getPhone, usePhone } from '../../../phone/station'
import { useLocale } from '../../../shared/i18n/locale'
import type { Call } from '../../../shared/protocol'
import classes from './Video.module.css'

function Screen({ stream, label, className }: { stream: MediaStream; label: string; className?: string }) {
	const element = useRef<HTMLVideoElement>(null)
	useEffect(() => {
		if (element.current) element.current.srcObject = stream
	}, [stream])
	// The sound of the call comes by itself; pictures are silent.
	return <video ref={element} className={className} aria-label={label} autoPlay playsInline muted />
}

export function Video({ call }: { call: Call }) {
	const { t } = useLocale()
	const { interaction, remotePicture, ownPicture, picture } = usePhone()
	const [isBusy, setBusy] = useState(false)
	if (!call.has_video || interaction !== call.interaction) return null
	const show = async (next: Picture): Promise<void> => {
		setBusy(true)
		const isShown = await getPhone().show(picture === next ? 'none' : next)
		if (!isShown) notifications.show({ color: 'red', message: t('video.refused') })
		setBusy(false)
	}
	const isCamera = picture === 'camera'
	const isScreen = picture === 'screen'
	return (
		<section className={classes.video} aria-label={t('video.theirs')}>
			{remotePicture && <Screen stream={remotePicture} label={t('video.theirs')} className={classes.theirs} />}
			{!remotePicture && <p className={classes.none}>{t('video.none')}</p>}
			{ownPicture && <Screen stream={ownPicture} label={t('video.own')} className={classes.own} />}
			<div className={classes.buttons}>
				<Button variant="default" aria-pressed={isCamera} loading={isBusy} leftSection={isCamera ? <IconVideoOff size={18} /> : <IconVideo size={18} />} onClick={() => void show('camera')}>
					{t(isCamera ? 'video.camera_off' : 'video.camera')}
				</Button>
				<Button variant="default" aria-pressed={isScreen} loading={isBusy} leftSection={isScreen ? <IconScreenShareOff size={18} /> : <IconScreenShare size={18} />} onClick={() => void show('screen')}>
					{t(isScreen ? 'video.screen_off' : 'video.screen')}
				</Button>
			</div>
		</section>
	)
}

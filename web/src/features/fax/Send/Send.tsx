/** Sending a fax: a number, a document or a cover page, or both. */
import { Button, FileInput, Modal, Select, Switch, Textarea, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconFileTypePdf, IconSend } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { asciiDigits } from '../../../shared/format'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import { useSession } from '../../../shared/session'
import { type Cover, FILE_BYTES_MAX, sendFax, toBase64 } from '../faxes'
import classes from './Send.module.css'

const LANGUAGES = ['fa', 'ar', 'zh', 'en'] as const
const MEGABYTE = 1024 * 1024

function CoverFields({ cover, onChange }: { cover: Cover; onChange: (cover: Cover) => void }) {
	const { t } = useLocale()
	return (
		<>
			<TextInput label={t('fax.from')} dir="auto" value={cover.from} onChange={(e) => onChange({ ...cover, from: e.currentTarget.value })} />
			<TextInput label={t('fax.subject')} dir="auto" maxLength={200} value={cover.subject} onChange={(e) => onChange({ ...cover, subject: e.currentTarget.value })} />
			<Textarea label={t('fax.text')} dir="auto" autosize minRows={3} maxRows={8} maxLength={2000} value={cover.text} onChange={(e) => onChange({ ...cover, text: e.currentTarget.value })} />
			<Select label={t('fax.language')} allowDeselect={false} data={LANGUAGES.map((value) => ({ value, label: t(`language.${value}`) }))} value={cover.language} onChange={(language) => language && onChange({ ...cover, language })} />
		</>
	)
}

function useSend(onClose: () => void) {
	const complain = useComplain()
	const queries = useQueryClient()
	const { t } = useLocale()
	const [isBusy, setBusy] = useState(false)
	// The same press twice, or an answer lost on the way, sends one fax.
	const [key] = useState(() => crypto.randomUUID())
	const send = async (to: string, name: string, file: File | null, cover: Cover | null): Promise<void> => {
		setBusy(true)
		try {
			const bytes = file && toBase64(new Uint8Array(await file.arrayBuffer()))
			await sendFax({ to, ...(name && { name }), ...(bytes && { file: bytes }), ...(cover && { cover }) }, key)
			await queries.invalidateQueries({ queryKey: ['faxes'] })
			notifications.show({ message: t('fax.queued_now') })
			onClose()
		} catch (error) {
			complain(error)
		} finally {
			setBusy(false)
		}
	}
	return { send, isBusy }
}

export function Send({ onClose }: { onClose: () => void }) {
	const { t, format, preferences } = useLocale()
	const { user } = useSession()
	const { send, isBusy } = useSend(onClose)
	const [to, setTo] = useState('')
	const [name, setName] = useState('')
	const [file, setFile] = useState<File | null>(null)
	const [hasCover, setHasCover] = useState(false)
	const [cover, setCover] = useState<Cover>({ from: user.name, subject: '', text: '', language: preferences.language.slice(0, 2) })
	const number = asciiDigits(to).replace(/[\s().-]/g, '')
	const tooLarge = file && file.size > FILE_BYTES_MAX ? t('fax.too_large', { size: format.number(FILE_BYTES_MAX / MEGABYTE) }) : null
	const isReady = /^\+?\d{2,20}$/.test(number) && (file !== null || hasCover) && !tooLarge
	const submit = (event: FormEvent): void => {
		event.preventDefault()
		if (isReady && !isBusy) void send(number, name.trim(), file, hasCover ? cover : null)
	}
	return (
		<Modal opened onClose={onClose} title={t('fax.send')} size="lg" closeButtonProps={{ 'aria-label': t('common.close') }}>
			<form className={classes.form} onSubmit={submit}>
				<div className={classes.pair}>
					<TextInput data-autofocus required label={t('fax.to')} inputMode="tel" value={to} onChange={(e) => setTo(e.currentTarget.value)} />
					<TextInput label={t('fax.name')} dir="auto" value={name} onChange={(e) => setName(e.currentTarget.value)} />
				</div>
				<FileInput label={t('fax.file')} accept="application/pdf,image/tiff,.pdf,.tif,.tiff" clearable clearButtonProps={{ 'aria-label': t('common.clear') }} leftSection={<IconFileTypePdf size={18} />} error={tooLarge} value={file} onChange={setFile} />
				<Switch label={t('fax.cover')} checked={hasCover} onChange={(e) => setHasCover(e.currentTarget.checked)} />
				{hasCover && <CoverFields cover={cover} onChange={setCover} />}
				{!file && !hasCover && <p className={classes.hint}>{t('fax.nothing')}</p>}
				<div className={classes.foot}>
					<Button variant="default" onClick={onClose}>
						{t('common.cancel')}
					</Button>
					<Button type="submit" loading={isBusy} disabled={!isReady} leftSection={<IconSend size={18} className="mz-mirror" />}>
						{t('fax.send')}
					</Button>
				</div>
			</form>
		</Modal>
	)
}

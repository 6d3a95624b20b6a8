/** What came with a contact: the sound of a voicemail, the pages of a fax. */
import { Button, Skeleton } from '@mantine/core'
import { IconDownload, IconExternalLink } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { apiUrl } from '../../../shared/api/http'
import { useLocale } from '../../../shared/i18n/locale'
import type { WorkFacts } from '../../../shared/protocol'
import { Player } from '../../../shared/ui/Player/Player'
import classes from './Attached.module.css'

/** A PDF begins so; whatever else the server might send is not shown as one. */
const PDF_HEAD = '%PDF-'

/** The document as a PDF of this page's own making: it can never be taken for a page or script of this site. */
async function fetchPdf(url: string, signal: AbortSignal): Promise<Blob> {
	const response = await fetch(url, { credentials: 'same-origin', signal })
	if (!response.ok) throw new Error(`HTTP ${response.status}`)
	const bytes = await response.arrayBuffer()
	const head = new TextDecoder('latin1').decode(bytes.slice(0, PDF_HEAD.length))
	if (head !== PDF_HEAD) throw new Error('not a PDF')
	return new Blob([bytes], { type: 'application/pdf' })
}

function useObjectUrl(blob: Blob | undefined): string | null {
	const [url, setUrl] = useState<string | null>(null)
	useEffect(() => {
		if (!blob) return
		const made = URL.createObjectURL(blob)
		setUrl(made)
		return () => {
			setUrl(null)
			URL.revokeObjectURL(made)
		}
	}, [blob])
	return url
}

export function FaxDocument({ id, pages }: { id: string; pages?: number | null }) {
	const { t } = useLocale()
	const source = apiUrl(`/faxes/${id}/pdf`)
	const { data, isError } = useQuery({ queryKey: ['document', id], queryFn: ({ signal }) => fetchPdf(source, signal), staleTime: Infinity, retry: 1 })
	const url = useObjectUrl(data)
	return (
		<div className={classes.fax}>
			<div className={classes.bar}>
				<strong>
					{t('work.document')}
					{pages ? ` · ${t('work.fax_pages', { count: pages })}` : ''}
				</strong>
				<Button component="a" href={url ?? source} target="_blank" rel="noopener" variant="default" size="compact-md" leftSection={<IconExternalLink size={16} />}>
					{t('work.open_document')}
				</Button>
				<Button component="a" href={source} download={`fax-${id}.pdf`} variant="default" size="compact-md" leftSection={<IconDownload size={16} />}>
					{t('work.download_document')}
				</Button>
			</div>
			{isError && (
				<p className={classes.problem} role="alert">
					{t('work.no_document')}
				</p>
			)}
			{!isError && !url && <Skeleton height={360} />}
			{url && <iframe className={classes.pages} src={`${url}#view=FitH&navpanes=0`} title={t('work.document')} />}
		</div>
	)
}

export function Attached({ work }: { work: WorkFacts }) {
	const { t } = useLocale()
	return (
		<section className={classes.attached} aria-label={t(work.document ? 'work.document' : 'work.listen')}>
			{work.recording && <Player recording={{ id: work.recording, duration_ms: work.duration_ms ?? 0 }} />}
			{work.document && <FaxDocument id={work.document} pages={work.pages} />}
		</section>
	)
}

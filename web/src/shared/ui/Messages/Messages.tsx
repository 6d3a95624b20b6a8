/**
 * What was written in a contact, oldest first. Each text is in its own direction (its first strong letter decides) and keeps
 * its lines; names are isolated, so a Persian name beside an English text moves nothing.
 */
import { useLocale } from '../../i18n/locale'
import type { Message } from '../../protocol'
import classes from './Messages.module.css'

export function Messages({ list, name, me }: { list: Message[]; name: string | null | undefined; me?: string }) {
	const { t, format } = useLocale()
	if (list.length === 0) return <p className={classes.none}>{t('work.nothing_written')}</p>
	return (
		<ol className={classes.list}>
			{list.map((message) => (
				<li key={message.number} className={classes.message} data-ours={message.agent !== null || undefined}>
					<div className={classes.head}>
						<bdi className={classes.who}>{message.agent === null ? name || t('work.customer') : message.agent === me ? t('work.you') : t('work.colleague')}</bdi>
						<time className="mz-num" dateTime={new Date(message.at).toISOString()}>
							{format.time(message.at)}
						</time>
					</div>
					<p className={classes.text} dir="auto">
						{message.text}
					</p>
				</li>
			))}
		</ol>
	)
}

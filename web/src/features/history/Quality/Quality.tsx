/** How each line of a call sounded: codec, MOS, loss, jitter, round trip. */
import { useLocale } from '../../../shared/i18n/locale'
import type { QualityRow } from '../../../shared/rest'
import classes from './Quality.module.css'

/** From here on people begin to complain. */
const MOS_FAIR = 3.6
const MOS_POOR = 3.1

function toneOf(mos: number | null): string | undefined {
	if (mos === null) return undefined
	return mos < MOS_POOR ? 'bad' : mos < MOS_FAIR ? 'wait' : 'good'
}

export function Quality({ rows }: { rows: QualityRow[] }) {
	const { t, tryKey, format } = useLocale()
	const ms = (value: number | null): string => (value === null ? '–' : `${format.number(value)} ${t('admin.milliseconds')}`)
	return (
		<div className={classes.box} tabIndex={0} role="region" aria-label={t('detail.quality')}>
			<table className={classes.table}>
				<thead>
					<tr>
						<th scope="col">{t('detail.leg')}</th>
						<th scope="col">{t('detail.codec')}</th>
						<th scope="col">{t('detail.mos')}</th>
						<th scope="col">{t('detail.lost')}</th>
						<th scope="col">{t('detail.jitter')}</th>
						<th scope="col">{t('detail.round_trip')}</th>
					</tr>
				</thead>
				<tbody className="mz-num">
					{rows.map((row) => (
						<tr key={row.leg}>
							<th scope="row">{row.role ? (tryKey(`party.role.${row.role}`) ?? row.role) : '–'}</th>
							<td>
								<bdi dir="ltr">{row.codec ?? '–'}</bdi>
							</td>
							<td data-tone={toneOf(row.mos)}>{row.mos === null ? '–' : format.number(row.mos, 2)}</td>
							<td>{row.lost_permille === null ? '–' : format.percent(row.lost_permille / 1000, 1)}</td>
							<td>{ms(row.jitter_ms)}</td>
							<td>{ms(row.rtt_ms)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	)
}

/** A call under way: its keys work from the moment the server says so, its card comes when its file is there. */
import { Skeleton } from '@mantine/core'
import { Suspense, useState } from 'react'
import { later } from '../../../shared/later'
import type { Call } from '../../../shared/protocol'
import type { TransferAim } from '../Transfer/Transfer'
import { useCallActions } from './useCallActions'

export const CallCard = later(() => import('../CallCard/CallCard').then((m) => m.CallCard))
export const Transfer = later(() => import('../Transfer/Transfer').then((m) => m.Transfer))

export function CallInHand({ call }: { call: Call }) {
	const [dialog, setDialog] = useState<TransferAim | null>(null)
	const actions = useCallActions(call, setDialog)
	return (
		<>
			<Suspense fallback={<Skeleton height={420} radius={18} />}>
				<CallCard call={call} actions={actions} onDialog={setDialog} />
			</Suspense>
			{dialog && (
				<Suspense fallback={null}>
					<Transfer interaction={call.interaction} aim={dialog} onClose={() => setDialog(null)} />
				</Suspense>
			)}
		</>
	)
}

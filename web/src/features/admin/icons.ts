import {
	IconAdjustments, IconArrowsSplit2, IconBellRinging, IconDeviceSpeaker, IconDeviceLandlinePhone, IconId, IconBuildingBroadcastTower, IconChecklist, IconClockHour8, IconCoffee, IconHash, IconHistoryToggle, IconMessage2Share, IconRoute, IconSitemap, IconStars, IconUserHeart, IconUsers, IconUsersGroup, IconGauge, IconWand, IconShieldLock,
} from '@tabler/icons-react'
import type { ComponentType } from 'react'

export const SECTION_ICONS: Record<string, ComponentType<{ size?: number; stroke?: number }>> = {
	numbers: IconHash,
	trunks: IconBuildingBroadcastTower,
	'trunk-groups': IconRoute,
	extensions: IconDeviceLandlinePhone,
	'ring-groups': IconBellRinging,
	'caller-ids': IconId,
	recorders: IconDeviceSpeaker,
	queues: IconArrowsSplit2,
	'business-rules': IconWand,
	'capacity-profiles': IconGauge,
	flows: IconSitemap,
	prompts: IconMessage2Share,
	hours: IconClockHour8,
	skills: IconStars,
	users: IconUsers,
	teams: IconUsersGroup,
	'break-reasons': IconCoffee,
	customers: IconUserHeart,
	dispositions: IconChecklist,
	settings: IconAdjustments,
	audit: IconHistoryToggle,
	blocks: IconShieldLock,
}
